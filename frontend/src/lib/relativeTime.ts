// "3 minutes ago": how long something is past, in the largest unit that fits.

const STEPS: readonly (readonly [unit: Intl.RelativeTimeFormatUnit, seconds: number])[] = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
]

const formatters = new Map<string, Intl.RelativeTimeFormat>()

function formatterOf(locale: string): Intl.RelativeTimeFormat {
  let formatter = formatters.get(locale)
  if (!formatter) {
    formatter = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' })
    formatters.set(locale, formatter)
  }
  return formatter
}

export function relativeTime(moment: number, now: number, locale: string): string {
  // Clocks differ a little: what just happened is not in the future.
  const seconds = Math.min(0, Math.round((moment - now) / 1000))
  const step = STEPS.find(([, size]) => -seconds >= size)
  const formatter = formatterOf(locale)
  if (!step) return formatter.format(0, 'second')
  const [unit, size] = step
  return formatter.format(Math.ceil(seconds / size), unit)
}
