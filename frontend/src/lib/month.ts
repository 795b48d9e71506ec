// A month as a calendar shows it: whole weeks, beginning with the day that the locale begins them with.
import { addDays, type Day } from './dates'

/** 1 Monday … 7 Sunday, as `Intl.Locale` has it; Monday where a browser does not tell. */
export function firstWeekday(locale: string): number {
  const known = new Intl.Locale(locale) as Intl.Locale & {
    getWeekInfo?: () => { firstDay: number }
    weekInfo?: { firstDay: number }
  }
  return (known.getWeekInfo?.() ?? known.weekInfo)?.firstDay ?? 1
}

/** The weeks in which days of the month of that day lie. */
export function weeksOf(day: Day, firstDay: number): Day[][] {
  const first = `${day.slice(0, 7)}-01`
  const weekday = new Date(`${first}T00:00:00Z`).getUTCDay() || 7
  let start = addDays(first, -((weekday - firstDay + 7) % 7))
  const weeks: Day[][] = []
  do {
    weeks.push(Array.from({ length: 7 }, (_, index) => addDays(start, index)))
    start = addDays(start, 7)
  } while (start.slice(0, 7) === first.slice(0, 7))
  return weeks
}

/** The same day so many months away, or the last of a shorter month. */
export function addMonths(day: Day, count: number): Day {
  const [year = 0, month = 0, date = 0] = day.split('-').map(Number)
  const last = new Date(Date.UTC(year, month + count, 0)).getUTCDate()
  return new Date(Date.UTC(year, month - 1 + count, Math.min(date, last))).toISOString().slice(0, 10)
}
