import { expect, test } from 'vitest'
import { hueOf, initials } from './person'

test.each([
  ['Ada Lovelace', 'AL'],
  ['ada', 'A'],
  ['Jean-Luc van Picard', 'JP'],
  ['bo@example.com', 'BC'],
  ['李小龙', '李'],
  ['', '?'],
])('%s is %s', (name, expected) => {
  expect(initials(name)).toBe(expected)
})

test('a hue stays the same', () => {
  expect(hueOf('user-1')).toBe(hueOf('user-1'))
  expect(hueOf('user-1')).not.toBe(hueOf('user-2'))
})
