import { expect, test } from 'vitest'
import { aTask } from '@/testing/builders'
import { dueText, dueTone } from './dueText'

// A Monday, in Shanghai already the 24th.
const context = { now: Date.parse('2026-11-23T20:00:00Z'), timeZone: 'Asia/Shanghai', locale: 'en-GB' }

test('a day is a day, a moment has its time', () => {
  expect(dueText(aTask(), context)).toBeNull()
  expect(dueText(aTask({ due_date: '2026-11-24' }), context)).toBe('Today')
  expect(dueText(aTask({ due_at: '2026-11-24T01:30:00Z' }), context)).toBe('Today 9:30')
})

test.each([
  [{ due_date: '2026-11-23' }, 'overdue'],
  [{ due_at: '2026-11-23T19:00:00Z' }, 'overdue'],
  [{ due_date: '2026-11-23', status: 'done' as const }, 'later'],
  [{ due_date: '2026-11-24' }, 'today'],
  [{ due_date: '2026-11-25' }, 'soon'],
  [{ due_date: '2026-11-26' }, 'later'],
])('%o is %s', (fields, tone) => {
  expect(dueTone(aTask(fields), context)).toBe(tone)
})
