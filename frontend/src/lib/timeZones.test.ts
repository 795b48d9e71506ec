import { expect, test, vi } from 'vitest'
import { deviceTimeZone, isTimeZone, timeZoneLabel, timeZones, usableTimeZone } from './timeZones'

const NOW = Date.parse('2026-11-23T08:00:00Z')

test('a zone is named in the language, with its distance from UTC', () => {
  expect(timeZoneLabel('Asia/Shanghai', 'en', NOW)).toBe('China Standard Time, GMT+8')
  expect(timeZoneLabel('Asia/Shanghai', 'zh-CN', NOW)).toContain('中国')
})

test('the list holds UTC once, and the well-known ones', () => {
  const ids = timeZones('en', NOW).map(({ id }) => id)
  expect(ids.filter((id) => id === 'UTC')).toHaveLength(1)
  expect(ids).toContain('Europe/Berlin')
})

test.each([
  ['Europe/Berlin', true],
  ['Europe/Nowhere', false],
  ['', false],
  ['Etc/Unknown', false],
])('%s is a time zone: %s', (id, expected) => {
  expect(isTimeZone(id)).toBe(expected)
})

test.each(['Etc/Unknown', '', undefined])(
  'a device whose zone is %s has none, and days are those of UTC',
  (zone) => {
    const known = Intl.DateTimeFormat().resolvedOptions()
    const told = { ...known, timeZone: zone } as Intl.ResolvedDateTimeFormatOptions
    vi.spyOn(Intl.DateTimeFormat.prototype, 'resolvedOptions').mockReturnValue(told)
    expect(deviceTimeZone()).toBeUndefined()
    expect(usableTimeZone('Mars/Olympus')).toBe('UTC')
    expect(usableTimeZone('Asia/Shanghai')).toBe('Asia/Shanghai')
  },
)
