import { expect, test } from 'vitest'
import { uuidv7 } from './uuid'

test('has the version 7 format', () => {
  expect(uuidv7()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
})

test('starts with its creation time in milliseconds', () => {
  const now = Date.UTC(2026, 10, 23, 8)
  expect(Number.parseInt(uuidv7(now).replaceAll('-', '').slice(0, 12), 16)).toBe(now)
})

test('sorts by time and never repeats', () => {
  expect(uuidv7(1_000) < uuidv7(2_000)).toBe(true)
  expect(new Set(Array.from({ length: 100 }, () => uuidv7())).size).toBe(100)
})
