// Calendar days in a time zone, without a date library. A day is text (`YYYY-MM-DD`) and compares as text.

/** RFC 3339, UTC. */
export type Instant = string
/** `YYYY-MM-DD`, without a zone. */
export type Day = string

const DAY_MS = 86_400_000
const formatters = new Map<string, Intl.DateTimeFormat>()

/** `en-CA` writes days as ISO does. */
function formatterOf(timeZone: string): Intl.DateTimeFormat {
  let formatter = formatters.get(timeZone)
  if (!formatter) {
    formatter = new Intl.DateTimeFormat('en-CA', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    })
    formatters.set(timeZone, formatter)
  }
  return formatter
}

function partsIn(ms: number, timeZone: string): Record<string, string> {
  const parts: Record<string, string> = {}
  for (const { type, value } of formatterOf(timeZone).formatToParts(ms)) parts[type] = value
  return parts
}

export function isDay(value: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(value)
}

/** The calendar day that it is in the zone at that moment. */
export function dayOf(ms: number, timeZone: string): Day {
  const { year = '', month = '', day = '' } = partsIn(ms, timeZone)
  return `${year}-${month}-${day}`
}

export function addDays(day: Day, count: number): Day {
  return new Date(Date.parse(`${day}T00:00:00Z`) + count * DAY_MS).toISOString().slice(0, 10)
}

/** How far the zone's clock is ahead of UTC at that moment. */
function offsetAt(ms: number, timeZone: string): number {
  const { year, month, day, hour, minute, second } = partsIn(ms, timeZone)
  const local = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  return local - Math.floor(ms / 1000) * 1000
}

/**
 * The moment at which the zone's clock shows the local time (as if of UTC). Of one that it shows twice it is the first; one that
 * it skips is taken by the clock as it went before the gap (RFC 5545, 3.3.5). The server does the same (`local_time.rs`).
 */
function momentOfLocal(local: number, timeZone: string): number {
  // A day away on both sides: no zone is more than 14 hours from UTC, and none changes twice within two days.
  const before = local - offsetAt(local - DAY_MS, timeZone)
  const after = local - offsetAt(local + DAY_MS, timeZone)
  const shows = (ms: number): boolean => ms + offsetAt(ms, timeZone) === local
  return !shows(before) && shows(after) ? after : before
}

/** The moment at which the day begins in the zone. */
export function startOfDay(day: Day, timeZone: string): number {
  return momentOfLocal(Date.parse(`${day}T00:00:00Z`), timeZone)
}

/** The moment that a day or an instant names. */
export function momentOf(value: Day | Instant, timeZone: string): number {
  return isDay(value) ? startOfDay(value, timeZone) : Date.parse(value)
}

/** The clock in the zone at that moment, `HH:MM`. */
export function timeOf(ms: number, timeZone: string): string {
  const { hour = '', minute = '' } = partsIn(ms, timeZone)
  return `${hour}:${minute}`
}

/** The moment at which the clock of the zone shows that time on that day. */
export function instantOf(day: Day, time: string, timeZone: string): Instant {
  return new Date(momentOfLocal(Date.parse(`${day}T${time}:00Z`), timeZone)).toISOString()
}
