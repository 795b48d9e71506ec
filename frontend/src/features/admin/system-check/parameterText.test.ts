import { expect, test } from 'vitest'
import { parameterTexts } from './parameterText'

const now = Date.parse('2026-11-23T05:00:00Z')

test('values are formatted according to their names', () => {
  const context = { now, timeZone: 'Europe/Berlin', locale: 'en-GB' }
  const parameters = {
    free_bytes: 64_400_000_000,
    size_bytes: 0,
    age_seconds: 7_300,
    difference_seconds: 90,
    expires_at: '2027-02-01T11:00:00Z',
    last_at: '-',
    count: 4,
    path: '/data',
  }
  expect(parameterTexts(parameters, context)).toEqual({
    free_bytes: '64.4 GB',
    size_bytes: '0 byte',
    age_seconds: '2 hours',
    difference_seconds: '90 seconds',
    expires_at: '1 Feb 2027, 12:00',
    last_at: '-',
    count: '4',
    path: '/data',
  })
})

test('values are formatted in the page’s language', () => {
  const context = { now, timeZone: 'Asia/Shanghai', locale: 'zh-CN' }
  expect(parameterTexts({ age_seconds: 200_000, free_bytes: 1_500 }, context)).toEqual({
    age_seconds: '2天',
    free_bytes: '1.5 kB',
  })
})
