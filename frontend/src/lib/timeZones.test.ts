import { expect, test, vi } from 'vitest'
import { deviceTimeZone, isTimeZone, timeZoneLabel, timeZones, usableTimeZone } from './timeZones'

const NOW = Date.parse('2026-11-23T08:00:00Z')

test('a zone has a localised name with its UTC offset', () => {
  expect(timeZoneLabel('Asia/Shanghai', 'en', NOW)).toBe('China Standard Time, GMT+8')
  expect(timeZoneLabel('Asia/Shanghai', 'zh-CN', NOW)).toContain('中国')
})

test('the list contains UTC once, and well-known zones', () => {
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

test.each(['Etc/Unknown', '', undefined])('a device with the zone %s uses UTC', (zone) => {
  const known = Intl.DateTimeFormat().resolvedOptions()
  const told = { ...known, timeZone: zone } as Intl.ResolvedDateTimeFormatOptions
  vi.spyOn(Intl.DateTimeFormat.prototype, 'resolvedOptions').mockReturnValue(told)
  expect(deviceTimeZone()).toBeUndefined()
  expect(usableTimeZone('Mars/Olympus')).toBe('UTC')
  expect(usableTimeZone('Asia/Shanghai')).toBe('Asia/Shanghai')
})
