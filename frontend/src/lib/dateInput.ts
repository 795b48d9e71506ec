// Days and times as people type them in a language, there and back. The browser's own date fields show the browser's language,
// whatever the page's is.
import type { Day } from './dates'

type Part = 'day' | 'month' | 'year'
const PARTS: readonly string[] = ['day', 'month', 'year'] satisfies Part[]

interface Pattern {
  order: Part[]
  formatter: Intl.DateTimeFormat
}

const patterns = new Map<string, Pattern>()

function patternOf(locale: string): Pattern {
  let pattern = patterns.get(locale)
  if (!pattern) {
    const formatter = new Intl.DateTimeFormat(locale, {
      timeZone: 'UTC',
      calendar: 'gregory',
      numberingSystem: 'latn',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
    })
    const order = formatter
      .formatToParts(0)
      .flatMap(({ type }) => (PARTS.includes(type) ? [type as Part] : []))
    pattern = { order, formatter }
    patterns.set(locale, pattern)
  }
  return pattern
}

/** "01/12/2026" in British English, "2026/12/01" in Chinese. */
export function formatDay(day: Day, locale: string): string {
  return day === '' ? '' : patternOf(locale).formatter.format(Date.parse(`${day}T00:00:00Z`))
}

/** What is typed, with a name in place of each part: "dd/mm/yyyy". */
export function dayHint(locale: string, names: Record<Part, string>): string {
  const parts = patternOf(locale).formatter.formatToParts(0)
  return parts.map(({ type, value }) => (PARTS.includes(type) ? names[type as Part] : value)).join('')
}

function dayFrom(year: number, month: number, day: number): Day | null {
  const date = new Date(Date.UTC(year, month - 1, day))
  // The 31st of February is no day.
  const isReal = date.getUTCMonth() === month - 1 && date.getUTCDate() === day
  return isReal && year >= 1900 && year <= 9999 ? date.toISOString().slice(0, 10) : null
}

/**
 * The day that is meant, or `null`. A year of four digits that comes first is followed by month and day in every language
 * ("2026-12-01", "2026年12月1日"); else the parts stand as the locale has them. Without a year it is that of `today`.
 */
export function parseDay(text: string, locale: string, today: Day): Day | null {
  const numbers = text.normalize('NFKC').match(/\d+/g) ?? []
  if (numbers.length === 1 && numbers[0]?.length === 8) {
    const [digits] = numbers
    return parseDay([digits.slice(0, 4), digits.slice(4, 6), digits.slice(6)].join('-'), locale, today)
  }
  const { order } = patternOf(locale)
  const asIso = numbers[0]?.length === 4
  const wanted = numbers.length === 3 && asIso ? (['year', 'month', 'day'] as const) : order
  const used = numbers.length === 2 ? wanted.filter((part) => part !== 'year') : wanted
  if (numbers.length !== used.length) return null
  // Two digits of a year are of this century.
  const found = Object.fromEntries(
    used.map((part, index) => {
      const digits = numbers[index] ?? ''
      return [part, Number(digits) + (part === 'year' && digits.length === 2 ? 2000 : 0)]
    }),
  )
  const year = found.year ?? Number(today.slice(0, 4))
  return dayFrom(year, found.month ?? 0, found.day ?? 0)
}

/** "9:30 PM" or "21:30", of "21:30". */
export function formatTime(time: string, locale: string): string {
  if (time === '') return ''
  const options = { timeZone: 'UTC', numberingSystem: 'latn', hour: 'numeric', minute: '2-digit' } as const
  return new Intl.DateTimeFormat(locale, options).format(Date.parse(`1970-01-01T${time}:00Z`))
}

const AFTERNOON = /p\.?\s*m|下午|晚上|傍晚|中午/i
const MORNING = /a\.?\s*m|上午|早上|凌晨/i

/** "9", "930", "9:30 pm", "下午3点半", "21.30": as `HH:MM`, or `null`. */
export function parseTime(text: string): string | null {
  const plain = text.normalize('NFKC').trim()
  const [, first = '', second = ''] = /^\D*(\d{1,4})(?:\D{1,2}(\d{1,2}))?\D*$/.exec(plain) ?? []
  if (first === '' || (second !== '' && first.length > 2)) return null
  const together = first.length > 2
  let hour = Number(together ? first.slice(0, -2) : first)
  let minute = Number(together ? first.slice(-2) : second || 0)
  if (second === '' && /点半/.test(plain)) minute = 30
  const isTwelve = AFTERNOON.test(plain) || MORNING.test(plain)
  if (isTwelve && hour > 12 && MORNING.test(plain)) return null
  if (AFTERNOON.test(plain) && hour < 12 && !(hour >= 11 && plain.includes('中午'))) hour += 12
  if (MORNING.test(plain) && hour === 12) hour = 0
  if (hour > 23 || minute > 59) return null
  return `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`
}
