import { describe, expect, test } from 'vitest'
import { aTask } from '@/testing/builders'
import { dayText, dueText, dueTone, momentText, regionalLocale } from './dateText'

// A Monday, in Shanghai already the 24th.
const context = { now: Date.parse('2026-11-23T20:00:00Z'), timeZone: 'Asia/Shanghai', locale: 'en-GB' }
const inChinese = { ...context, locale: 'zh-CN' }

test.each([
  ['2026-11-23', 'Yesterday', '昨天'],
  ['2026-11-24', 'Today', '今天'],
  ['2026-11-25', 'Tomorrow', '明天'],
  ['2026-11-27', 'Friday', '星期五'],
  ['2026-11-30', 'Monday', '星期一'],
  ['2026-12-01', '1 Dec', '12月1日'],
  ['2026-11-20', '20 Nov', '11月20日'],
  ['2027-01-02', '2 Jan 2027', '2027年1月2日'],
])('%s is %s, %s', (day, english, chinese) => {
  expect(dayText(day, context)).toBe(english)
  expect(dayText(day, inChinese)).toBe(chinese)
})

describe('due', () => {
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
})

test('details name the whole moment, where the person is', () => {
  expect(momentText('2026-11-23T20:00:00Z', context)).toBe('24 Nov 2026, 04:00')
})

test('the browser’s way of the language is taken', () => {
  expect(regionalLocale('en', ['zh-CN', 'en-GB'])).toBe('en-GB')
  expect(regionalLocale('zh-CN', ['en-GB'])).toBe('zh-CN')
})
