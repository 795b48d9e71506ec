import { expect, test } from 'vitest'
import { partOfDay } from './partOfDay'

test.each([
  ['2026-11-23T00:30:00Z', 'UTC', 'night'],
  ['2026-11-23T00:30:00Z', 'Asia/Shanghai', 'morning'],
  ['2026-11-23T12:00:00Z', 'UTC', 'afternoon'],
  ['2026-11-23T23:00:00Z', 'UTC', 'evening'],
])('%s in %s is %s', (moment, timeZone, part) => {
  expect(partOfDay(Date.parse(moment), timeZone)).toBe(part)
})
