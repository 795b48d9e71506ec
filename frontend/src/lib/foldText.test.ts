import { expect, test } from 'vitest'
import { hasPart } from './foldText'

test.each([
  ['Spring Release', 'release', true],
  ['Café', 'cafe', true],
  ['ＡＢＣ项目', 'abc', true],
  ['周末搬家', '搬家', true],
  ['Garden', 'gardens', false],
])('%s has %s: %s', (text, part, expected) => {
  expect(hasPart(text, part)).toBe(expected)
})
