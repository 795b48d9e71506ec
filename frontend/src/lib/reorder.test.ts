import { expect, test } from 'vitest'
import { moved, predecessor, rowAt } from './reorder'

test.each([
  ['a', 2, 'bca'],
  ['c', 0, 'cab'],
  ['b', 1, 'abc'],
  ['a', 9, 'bca'],
  ['c', -1, 'cab'],
])('%s to place %i', (id, index, expected) => {
  expect(moved(['a', 'b', 'c'], id, index).join('')).toBe(expected)
})

test('a predecessor is the row before, or none', () => {
  expect(predecessor(['a', 'b'], 'b')).toBe('a')
  expect(predecessor(['a', 'b'], 'a')).toBeNull()
})

test.each([
  [5, 0],
  [15, 1],
  [99, 3],
])('a pointer at %i is at place %i', (y, index) => {
  expect(rowAt([10, 20, 30], y)).toBe(index)
})
