import { expect, test } from 'vitest'
import { aReminder } from '@/testing/builders'
import { leadsBefore, leadText, momentBefore, reminderState, sortReminders } from './reminders'

const BERLIN = 'Europe/Berlin'
const momentOf = (date: string, days: number, minutes: number, zone = BERLIN) =>
  new Date(momentBefore(date, { days, minutes }, zone)).toISOString()

test.each([
  [{ days: 0, minutes: 0 }, '', ''],
  [{ days: 0, minutes: 10 }, '10 minutes', '10分钟'],
  [{ days: 0, minutes: 90 }, '1 hour, 30 minutes', '1小时30分钟'],
  [{ days: 1, minutes: 0 }, '1 day', '1天'],
  [{ days: 14, minutes: 0 }, '2 weeks', '2周'],
  [{ days: 8, minutes: 60 }, '8 days, 1 hour', '8天1小时'],
])('%o in words', (lead, english, chinese) => {
  expect(leadText(lead, 'en')).toBe(english)
  expect(leadText(lead, 'zh-CN')).toBe(chinese)
})

test('a day before nine is nine the day before, across clock changes', () => {
  // On 29 March 2026 Berlin goes from UTC+1 to UTC+2.
  expect(momentOf('2026-03-29T07:00:00Z', 1, 0)).toBe('2026-03-28T08:00:00.000Z')
  expect(momentOf('2026-03-29', 1, 0)).toBe('2026-03-28T08:00:00.000Z')
})

test('minutes are elapsed time', () => {
  // Half an hour after the clocks went back the second time two o'clock came.
  expect(momentOf('2026-10-25T01:30:00Z', 0, 60)).toBe('2026-10-25T00:30:00.000Z')
  expect(momentOf('2026-10-26T08:00:00Z', 1, 90)).toBe('2026-10-25T06:30:00.000Z')
})

test('a whole day counts as nine in the local morning', () => {
  expect(momentOf('2026-11-24', 0, 0)).toBe('2026-11-24T08:00:00.000Z')
  expect(momentOf('2026-11-24', 0, 0, 'Asia/Kolkata')).toBe('2026-11-24T03:30:00.000Z')
})

test('offers only future times, and no minutes before a whole day', () => {
  const now = Date.parse('2026-11-23T08:00:00Z')
  const leads = leadsBefore('2026-11-23T09:00:00Z', now, BERLIN)
  expect(leads.map(({ minutes }) => minutes)).toEqual([0, 10, 30])
  expect(leadsBefore('2026-11-25', now, BERLIN)).toEqual([
    { days: 0, minutes: 0 },
    { days: 1, minutes: 0 },
  ])
  expect(leadsBefore('2026-11-20', now, BERLIN)).toEqual([])
})

test.each([
  ['2026-11-23T09:00:00Z', null, 'waiting'],
  // The worker is a little behind.
  ['2026-11-23T07:59:00Z', null, 'waiting'],
  ['2026-11-23T07:00:00Z', null, 'missed'],
  [null, null, 'never'],
  ['2026-11-23T07:00:00Z', '2026-11-23T07:00:01Z', 'sent'],
  [null, '2026-11-23T07:00:01Z', 'sent'],
  // Its date has moved since.
  ['2026-11-24T07:00:00Z', '2026-11-23T07:00:01Z', 'waiting'],
  ['2026-11-23T07:30:00Z', '2026-11-23T07:00:01Z', 'sent'],
])('for %s and sent at %s it is %s', (fires_at, fired_at, state) => {
  expect(reminderState({ fires_at, fired_at }, Date.parse('2026-11-23T08:00:00Z'))).toBe(state)
})

test('upcoming ones first, undated and past ones last', () => {
  const reminders = [
    aReminder({ id: 'sent', fired_at: '2026-11-22T08:00:01Z', fires_at: '2026-11-22T08:00:00Z' }),
    aReminder({ id: 'never', fires_at: null }),
    aReminder({ id: 'later', fires_at: '2026-11-25T08:00:00Z' }),
    aReminder({ id: 'next' }),
  ]
  const sorted = sortReminders(reminders, Date.parse('2026-11-23T08:00:00Z'))
  expect(sorted.map(({ id }) => id)).toEqual(['next', 'later', 'never', 'sent'])
})
