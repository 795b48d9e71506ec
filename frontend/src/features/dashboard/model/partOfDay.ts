// What one wishes at which hour.

export type PartOfDay = 'night' | 'morning' | 'afternoon' | 'evening'

export function partOfDay(ms: number, timeZone: string): PartOfDay {
  const text = new Intl.DateTimeFormat('en', { timeZone, hour: 'numeric', hourCycle: 'h23' }).format(ms)
  const hour = Number.parseInt(text, 10)
  if (hour < 5) return 'night'
  if (hour < 12) return 'morning'
  return hour < 18 ? 'afternoon' : 'evening'
}
