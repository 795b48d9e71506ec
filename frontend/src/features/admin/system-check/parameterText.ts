// Formats a finding's parameters: the name tells the type (`free_bytes`, `age_seconds`, `expires_at`).
import { momentText, type TextContext } from '@/lib/dateText'

export type Parameter = string | number

const SIZES = [
  ['terabyte', 1e12],
  ['gigabyte', 1e9],
  ['megabyte', 1e6],
  ['kilobyte', 1e3],
  ['byte', 1],
] as const

const DURATIONS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const

type Unit = readonly [unit: string, size: number]

/** In the largest unit of which there are at least `least`. */
function inUnit(
  value: number,
  units: readonly Unit[],
  least: number,
  locale: string,
  digits: number,
): string {
  const smallest: Unit = units.at(-1) ?? ['second', 1]
  const [unit, size] = units.find(([, size]) => value >= least * size) ?? smallest
  const unitDisplay = unit.endsWith('byte') ? 'short' : 'long'
  const format = new Intl.NumberFormat(locale, {
    style: 'unit',
    unit,
    unitDisplay,
    maximumFractionDigits: digits,
  })
  return format.format(digits === 0 ? Math.floor(value / size) : value / size)
}

function text(name: string, value: Parameter, context: TextContext): string {
  if (name.endsWith('_bytes')) return inUnit(Number(value), SIZES, 1, context.locale, 1)
  if (name.endsWith('_seconds')) return inUnit(Number(value), DURATIONS, 2, context.locale, 0)
  if (name.endsWith('_at') && !Number.isNaN(Date.parse(String(value))))
    return momentText(String(value), context)
  return String(value)
}

export function parameterTexts(
  parameters: Record<string, Parameter>,
  context: TextContext,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => [name, text(name, value, context)]),
  )
}
