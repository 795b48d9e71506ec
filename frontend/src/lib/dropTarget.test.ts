import { expect, test } from 'vitest'
import { dropTarget, edgeSpeed, isSamePlace, type DropZone } from './dropTarget'

const column = (key: string, ids: string[]): DropZone => ({
  key,
  items: ids.map((id, index) => ({
    id,
    box: { top: index * 40, bottom: index * 40 + 40, left: 0, right: 100 },
  })),
})
const todo = column('todo', ['a', 'b', 'c'])

test.each([
  [todo, 5, null],
  [todo, 65, 'b'],
  [todo, 390, 'c'],
  [column('done', ['d']), 10, null],
  [column('done', ['d']), 39, 'd'],
  [column('empty', []), 200, null],
])('in %o at the height of %i it lands after %s', (zone, y, after) => {
  expect(dropTarget(zone, 'a', y)).toEqual({ zone: zone.key, after })
})

test('knows when nothing would change', () => {
  expect(isSamePlace(todo, 'b', 'a')).toBe(true)
  expect(isSamePlace(todo, 'a', null)).toBe(true)
  expect(isSamePlace(todo, 'b', null)).toBe(false)
  expect(isSamePlace(column('done', ['d']), 'b', null)).toBe(false)
})

test('scrolls near the edges, faster the nearer', () => {
  expect(edgeSpeed(300, 0, 600)).toBe(0)
  expect(edgeSpeed(0, 0, 600)).toBe(-14)
  expect(edgeSpeed(28, 0, 600)).toBe(-7)
  expect(edgeSpeed(700, 0, 600)).toBe(14)
})
