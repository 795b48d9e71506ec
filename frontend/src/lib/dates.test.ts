import { expect, test } from 'vitest'
import clockChanges from '@/testing/clock-changes.json'
import { addDays, dayOf, instantOf, momentOf, startOfDay, timeOf } from './dates'

test('an instant is on different days in different zones', () => {
  const moment = Date.parse('2026-11-23T23:30:00Z')
  expect(dayOf(moment, 'UTC')).toBe('2026-11-23')
  expect(dayOf(moment, 'Asia/Shanghai')).toBe('2026-11-24')
  expect(dayOf(moment, 'America/New_York')).toBe('2026-11-23')
})

test('adding days crosses months and leap years', () => {
  expect(addDays('2026-12-31', 1)).toBe('2027-01-01')
  expect(addDays('2028-02-28', 1)).toBe('2028-02-29')
  expect(addDays('2026-03-01', -1)).toBe('2026-02-28')
})

test.each([
  ['2026-11-23', 'Asia/Shanghai', '2026-11-22T16:00:00.000Z'],
  ['2026-03-29', 'Europe/Berlin', '2026-03-28T23:00:00.000Z'],
  ['2026-03-30', 'Europe/Berlin', '2026-03-29T22:00:00.000Z'],
  ['2026-10-26', 'Europe/Berlin', '2026-10-25T23:00:00.000Z'],
  ['2026-03-09', 'America/New_York', '2026-03-09T04:00:00.000Z'],
])('%s begins in %s at %s', (day, zone, moment) => {
  expect(new Date(startOfDay(day, zone)).toISOString()).toBe(moment)
})

test('a due date is a day or an instant', () => {
  expect(momentOf('1970-01-02', 'UTC')).toBe(86_400_000)
  expect(momentOf('1970-01-01T00:00:01Z', 'Asia/Shanghai')).toBe(1_000)
})

test.each([
  ['2026-11-23', '09:30', 'Asia/Shanghai', '2026-11-23T01:30:00.000Z'],
  ['2026-03-29', '03:00', 'Europe/Berlin', '2026-03-29T01:00:00.000Z'],
  ['2026-10-25', '12:00', 'Europe/Berlin', '2026-10-25T11:00:00.000Z'],
])('%s %s in %s is %s, and back', (day, time, zone, instant) => {
  expect(instantOf(day, time, zone)).toBe(instant)
  expect(dayOf(Date.parse(instant), zone)).toBe(day)
  expect(timeOf(Date.parse(instant), zone)).toBe(time)
})

// The server's test reads the same table.
test.each(clockChanges)('$local in $zone is $instant ($why)', ({ zone, local, instant }) => {
  const [day = '', time = ''] = local.split('T')
  expect(Date.parse(instantOf(day, time, zone))).toBe(Date.parse(instant))
  if (time === '00:00') expect(startOfDay(day, zone)).toBe(Date.parse(instant))
})
