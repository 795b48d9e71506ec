import { expect, test } from 'vitest'
import { dropTarget, edgeSpeed, isSamePlace, type DropZone } from './dropTarget'

const item = (id: string, top: number, left: number) => ({
  id,
  box: { top, bottom: top + 40, left, right: left + 100 },
})
const column = (key: string, left: number, ids: string[]): DropZone => ({
  key,
  box: { top: 0, bottom: 400, left, right: left + 100 },
  items: ids.map((id, index) => item(id, index * 40, left)),
})
const zones = [column('todo', 0, ['a', 'b', 'c']), column('done', 120, ['d']), column('empty', 240, [])]

test.each([
  [50, 5, 'todo', null],
  [50, 65, 'todo', 'b'],
  [50, 390, 'todo', 'c'],
  [170, 10, 'done', null],
  [170, 39, 'done', 'd'],
  [300, 200, 'empty', null],
  [900, 10, 'empty', null],
  [50, -80, 'todo', null],
])('at %i, %i it lands in %s after %s', (x, y, zone, after) => {
  expect(dropTarget(zones, 'a', x, y)).toEqual({ zone, after })
})

test('without a zone it lands nowhere', () => {
  expect(dropTarget([], 'a', 0, 0)).toBeNull()
})

test('knows when nothing would change', () => {
  expect(isSamePlace(zones, 'b', { zone: 'todo', after: 'a' })).toBe(true)
  expect(isSamePlace(zones, 'a', { zone: 'todo', after: null })).toBe(true)
  expect(isSamePlace(zones, 'b', { zone: 'todo', after: null })).toBe(false)
  expect(isSamePlace(zones, 'b', { zone: 'done', after: null })).toBe(false)
})

test('scrolls near the edges, faster the nearer', () => {
  expect(edgeSpeed(300, 0, 600)).toBe(0)
  expect(edgeSpeed(0, 0, 600)).toBe(-14)
  expect(edgeSpeed(28, 0, 600)).toBe(-7)
  expect(edgeSpeed(700, 0, 600)).toBe(14)
})
