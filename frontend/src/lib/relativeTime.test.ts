import { expect, test } from 'vitest'
import { relativeTime } from './relativeTime'

const NOW = Date.parse('2026-11-23T08:00:00Z')

test.each([
  ['2026-11-23T08:00:05Z', 'now', '现在'],
  ['2026-11-23T07:59:30Z', 'now', '现在'],
  ['2026-11-23T07:58:10Z', '1 minute ago', '1分钟前'],
  ['2026-11-23T05:00:00Z', '3 hours ago', '3小时前'],
  ['2026-11-22T05:00:00Z', 'yesterday', '昨天'],
  ['2026-11-10T08:00:00Z', 'last week', '上周'],
  ['2026-09-01T08:00:00Z', '2 months ago', '2个月前'],
  ['2024-11-01T08:00:00Z', '2 years ago', '2年前'],
])('%s', (moment, english, chinese) => {
  expect(relativeTime(Date.parse(moment), NOW, 'en')).toBe(english)
  expect(relativeTime(Date.parse(moment), NOW, 'zh-CN')).toBe(chinese)
})
