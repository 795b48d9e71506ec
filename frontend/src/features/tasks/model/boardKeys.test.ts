import { describe, expect, test } from 'vitest'
import { cardMove, neighbour, placeOf } from './boardKeys'

const columns = [['a', 'b', 'c'], [], ['d', 'e'], ['f']]
const at = (id: string) => placeOf(columns, id) ?? { column: -1, row: -1 }

describe('walking', () => {
  test.each([
    ['a', 'ArrowDown', 'b'],
    ['b', 'ArrowUp', 'a'],
    ['b', 'j', 'c'],
    ['c', 'ArrowDown', null],
    ['c', 'ArrowRight', 'e'],
    ['d', 'ArrowLeft', 'a'],
    ['f', 'ArrowRight', null],
    ['a', 'x', null],
  ])('from %s %s leads to %s', (id, key, expected) => {
    expect(neighbour(columns, at(id), key)).toBe(expected)
  })
})

describe('moving', () => {
  test.each([
    ['a', 'ArrowDown', { column: 0, after: 'b' }],
    ['c', 'ArrowUp', { column: 0, after: 'a' }],
    ['b', 'ArrowUp', { column: 0, after: null }],
    ['a', 'ArrowUp', null],
    ['c', 'ArrowDown', null],
    ['b', 'ArrowRight', { column: 1, after: null }],
    ['e', 'ArrowRight', { column: 3, after: 'f' }],
    ['d', 'ArrowRight', { column: 3, after: null }],
    ['a', 'ArrowLeft', null],
    ['f', 'ArrowRight', null],
  ])('%s by %s', (id, key, expected) => {
    expect(cardMove(columns, at(id), key)).toEqual(expected)
  })
})

test('a missing card has no position', () => {
  expect(placeOf(columns, 'x')).toBeNull()
})
