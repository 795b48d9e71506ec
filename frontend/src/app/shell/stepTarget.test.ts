import { expect, test } from 'vitest'
import { stepTarget } from './stepTarget'

test.each([
  ['b', -1, null],
  ['c', -1, 'a'],
  ['a', 1, 'b'],
  ['a', -1, undefined],
  ['c', 1, undefined],
  ['x', 1, undefined],
] as const)('%s by %i comes after %s', (id, by, after) => {
  expect(stepTarget(['a', 'b', 'c'], id, by)).toBe(after)
})
