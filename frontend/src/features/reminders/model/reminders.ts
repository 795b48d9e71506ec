// Reminders before a task's dates: the options offered, their times, and the periods in words.
import type { Day, Instant, Reminder, ReminderAnchor, ReminderLead, Task } from '@/api/types'
import { addDays, dayOf, instantOf, isDay, timeOf } from '@/lib/dates'

/** The server's limit per task and person. */
export const REMINDERS_AT_MOST = 20
/** When a day without a time is meant, as the server takes it. */
export const DAY_TIME = '09:00'

const BEFORE_INSTANT: readonly ReminderLead[] = [
  { days: 0, minutes: 0 },
  { days: 0, minutes: 10 },
  { days: 0, minutes: 30 },
  { days: 0, minutes: 60 },
  { days: 0, minutes: 180 },
  { days: 1, minutes: 0 },
  { days: 2, minutes: 0 },
  { days: 7, minutes: 0 },
]
/** A whole day has no moment from which minutes could be counted. */
const BEFORE_DAY = BEFORE_INSTANT.filter(({ minutes }) => minutes === 0)

type Dates = Pick<Task, 'start_date' | 'start_at' | 'due_date' | 'due_at'>

export function anchorDate(task: Dates, anchor: ReminderAnchor): Day | Instant | null {
  return anchor === 'due' ? (task.due_at ?? task.due_date) : (task.start_at ?? task.start_date)
}

/** The moment that is so long before: days by the calendar of the zone, minutes by the clock's hand. */
export function momentBefore(date: Day | Instant, { days, minutes }: ReminderLead, timeZone: string): number {
  const [day, time] = isDay(date)
    ? [date, DAY_TIME]
    : [dayOf(Date.parse(date), timeZone), timeOf(Date.parse(date), timeZone)]
  if (days === 0 && !isDay(date)) return Date.parse(date) - minutes * 60_000
  return Date.parse(instantOf(addDays(day, -days), time, timeZone)) - minutes * 60_000
}

/** The options before a date that are still in the future. */
export function leadsBefore(date: Day | Instant, now: number, timeZone: string): ReminderLead[] {
  const leads = isDay(date) ? BEFORE_DAY : BEFORE_INSTANT
  return leads.filter((lead) => momentBefore(date, lead, timeZone) > now)
}

export function isSameLead(one: ReminderLead, other: ReminderLead): boolean {
  return one.days === other.days && one.minutes === other.minutes
}

/** "1 day", "1 hour, 30 minutes", "1 week"; empty for nothing at all. */
export function leadText({ days, minutes }: ReminderLead, locale: string): string {
  const whole = days % 7 === 0
  const parts = [
    ['week', whole ? days / 7 : 0],
    ['day', whole ? 0 : days],
    ['hour', Math.floor(minutes / 60)],
    ['minute', minutes % 60],
  ] as const
  const texts = parts
    .filter(([, count]) => count > 0)
    .map(([unit, count]) =>
      new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' }).format(count),
    )
  return new Intl.ListFormat(locale, { type: 'unit' }).format(texts)
}

/** `never`: the task has no such date; `missed`: its moment went by while it could not come. */
export type ReminderState = 'waiting' | 'never' | 'missed' | 'sent'
const ORDER: readonly ReminderState[] = ['waiting', 'never', 'missed', 'sent']
/** A worker that was away sends afterwards. */
const GRACE_MS = 5 * 60_000

type Moments = Pick<Reminder, 'fires_at' | 'fired_at'>

export function reminderState({ fires_at, fired_at }: Moments, now: number): ReminderState {
  const moment = fires_at === null ? null : Date.parse(fires_at)
  // A sent reminder waits again if its time has moved into the future.
  if (fired_at !== null) {
    return moment !== null && moment > Math.max(now, Date.parse(fired_at)) ? 'waiting' : 'sent'
  }
  if (moment === null) return 'never'
  return moment > now - GRACE_MS ? 'waiting' : 'missed'
}

/** Upcoming first, past last. */
export function sortReminders(reminders: readonly Reminder[], now: number): Reminder[] {
  const rank = (one: Reminder): number => ORDER.indexOf(reminderState(one, now))
  const moment = ({ fires_at, created_at }: Reminder): number => Date.parse(fires_at ?? created_at)
  return [...reminders].sort((one, other) => rank(one) - rank(other) || moment(one) - moment(other))
}
