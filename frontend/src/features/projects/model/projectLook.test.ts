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

test('a name that this version does not know is no icon', () => {
  expect(isProjectIcon('rocket')).toBe(true)
  expect(isProjectIcon('hovercraft')).toBe(false)
})
