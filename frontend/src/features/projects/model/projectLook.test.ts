import { expect, test } from 'vitest'
import { isEmoji, isProjectIcon } from './projectLook'

test.each([
  ['🚀', true],
  ['🇨🇳', true],
  ['rocket', false],
  ['7', false],
  ['', false],
])('%s is an emoji: %s', (value, expected) => {
  expect(isEmoji(value)).toBe(expected)
})

test('an unknown icon name has no icon', () => {
  expect(isProjectIcon('rocket')).toBe(true)
  expect(isProjectIcon('hovercraft')).toBe(false)
})
