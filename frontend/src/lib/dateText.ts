// Days and moments in words: relative while they are near, as a date when they are not.
import { dayOf, type Day } from './dates'

export interface TextContext {
  now: number
  timeZone: string
  locale: string
}

const DAY_MS = 86_400_000
const formatters = new Map<string, Intl.DateTimeFormat>()

function format(ms: number, locale: string, options: Intl.DateTimeFormatOptions): string {
  const key = `${locale} ${JSON.stringify(options)}`
  let formatter = formatters.get(key)
  if (!formatter) {
    formatter = new Intl.DateTimeFormat(locale, options)
    formatters.set(key, formatter)
  }
  return formatter.format(ms)
}

function capitalised(text: string, locale: string): string {
  const [first = '', ...rest] = [...text]
  return first.toLocaleUpperCase(locale) + rest.join('')
}

/** "Today", "Tomorrow", "Friday", "12 Dec", "12 Dec 2027". */
export function dayText(day: Day, { now, timeZone, locale }: TextContext): string {
  const today = dayOf(now, timeZone)
  const noon = Date.parse(`${day}T12:00:00Z`)
  const distance = Math.round((noon - Date.parse(`${today}T12:00:00Z`)) / DAY_MS)
  if (Math.abs(distance) <= 1) {
    const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(distance, 'day')
    return capitalised(relative, locale)
  }
  if (distance > 0 && distance < 7) return format(noon, locale, { weekday: 'long', timeZone: 'UTC' })
  const year = day.slice(0, 4) === today.slice(0, 4) ? undefined : 'numeric'
  return format(noon, locale, { month: 'short', day: 'numeric', year, timeZone: 'UTC' })
}

export function timeText(ms: number, { timeZone, locale }: TextContext): string {
  return format(ms, locale, { hour: 'numeric', minute: '2-digit', timeZone })
}

/** "Tomorrow 09:00": the day in words, and the time. */
export function dayTimeText(ms: number, context: TextContext): string {
  return `${dayText(dayOf(ms, context.timeZone), context)} ${timeText(ms, context)}`
}

/** A moment with all its parts, for details. */
export function momentText(instant: string, { timeZone, locale }: TextContext): string {
  return format(Date.parse(instant), locale, { dateStyle: 'medium', timeStyle: 'short', timeZone })
}

/** A moment to the second, for logs. */
export function exactText(instant: string, { timeZone, locale }: TextContext): string {
  return format(Date.parse(instant), locale, { dateStyle: 'medium', timeStyle: 'medium', timeZone })
}

/** The person's own way of the language, when the browser tells: `en-GB` writes dates otherwise than `en-US`. */
export function regionalLocale(language: string, preferred: readonly string[]): string {
  const [base = language] = language.split('-')
  return preferred.find((tag) => tag === base || tag.startsWith(`${base}-`)) ?? language
}
