import { expect, test } from 'vitest'
import { addMonths, firstWeekday, weeksOf } from './month'

test('whole weeks around a month', () => {
  const weeks = weeksOf('2026-12-15', 1)
  expect(weeks[0]).toEqual([
    '2026-11-30',
    '2026-12-01',
    '2026-12-02',
    '2026-12-03',
    '2026-12-04',
    '2026-12-05',
    '2026-12-06',
  ])
  expect(weeks.at(-1)?.at(-1)).toBe('2027-01-03')
  expect(weeksOf('2026-12-15', 7)[0]?.[0]).toBe('2026-11-29')
  expect(weeksOf('2027-02-10', 1), 'four weeks exactly').toHaveLength(4)
})

test('weeks begin as the locale has it', () => {
  expect(firstWeekday('en-US')).toBe(7)
  expect(firstWeekday('en-GB')).toBe(1)
})

test.each([
  ['2026-01-31', 1, '2026-02-28'],
  ['2026-12-15', 1, '2027-01-15'],
  ['2026-01-15', -1, '2025-12-15'],
  ['2028-02-29', 12, '2029-02-28'],
])('%s and %s months is %s', (day, count, expected) => {
  expect(addMonths(day, count)).toBe(expected)
})
