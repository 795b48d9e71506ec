import { expect, test } from 'vitest'
import { dayText, momentText, regionalLocale } from './dateText'

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

test('details show the full local time', () => {
  expect(momentText('2026-11-23T20:00:00Z', context)).toBe('24 Nov 2026, 04:00')
})

test('the browser’s variant of the language is used', () => {
  expect(regionalLocale('en', ['zh-CN', 'en-GB'])).toBe('en-GB')
  expect(regionalLocale('zh-CN', ['en-GB'])).toBe('zh-CN')
})
