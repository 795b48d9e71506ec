import { expect, test } from 'vitest'
import { isSameTag, tagNames } from './tagNames'

test.each([
  ['work', ['work']],
  ['work, home', ['work', 'home']],
  ['工作，生活、家', ['工作', '生活', '家']],
  ['a;b', ['a;b']],
  [' , work,, Work ,', ['work']],
  ['two words', ['two words']],
  ['', []],
])('%s', (text, expected) => {
  expect(tagNames(text)).toEqual(expected)
})

test('case and surrounding spaces are ignored', () => {
  expect(isSameTag(' Work', 'work')).toBe(true)
  expect(isSameTag('c++', 'c')).toBe(false)
})
