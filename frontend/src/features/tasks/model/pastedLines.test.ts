import { expect, test } from 'vitest'
import { LINES_AT_MOST, titlesIn } from './pastedLines'

test.each([
  ['lines', 'milk\nbread', ['milk', 'bread']],
  ['of Windows, with empty ones', '\r\nmilk\r\n\r\n  bread  \r\n', ['milk', 'bread']],
  ['a list', '- milk\n* bread\n+ eggs\n• tea', ['milk', 'bread', 'eggs', 'tea']],
  ['numbers', '1. milk\n2) bread\n(3) eggs', ['milk', 'bread', 'eggs']],
  ['Chinese numbers', '1、买牛奶\n2、买面包\n3.寄信', ['买牛奶', '买面包', '寄信']],
  ['checkboxes', '- [ ] milk\n- [x] bread\n☐ eggs', ['milk', 'bread', 'eggs']],
  [
    'what only looks like a mark',
    '-5 degrees\n3.5 litres of oil\n2026 plan',
    ['-5 degrees', '3.5 litres of oil', '2026 plan'],
  ],
  ['cells of a table', 'milk\t2\nbread\t1', ['milk 2', 'bread 1']],
  ['one line', 'milk', []],
  ['one line and its end', 'milk\n', []],
])('%s', (_, text, expected) => {
  expect(titlesIn(text)).toEqual(expected)
})

test('a very long text is not a list', () => {
  const lines = (count: number): string => Array.from({ length: count }, (_, n) => `line ${n}`).join('\n')
  expect(titlesIn(lines(LINES_AT_MOST))).toHaveLength(LINES_AT_MOST)
  expect(titlesIn(lines(LINES_AT_MOST + 1))).toEqual([])
})
