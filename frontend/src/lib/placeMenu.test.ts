import { expect, test } from 'vitest'
import { menuPlace } from './placeMenu'

const screen = { width: 400, height: 600 }
const menu = { width: 200, height: 300 }
const anchor = (left: number, top: number) => ({ left, top, right: left + 40, bottom: top + 40 })

test.each([
  ['below, from the start', anchor(20, 20), { left: 20, top: 64 }],
  ['to the other side at the end', anchor(340, 20), { left: 180, top: 64 }],
  ['above at the bottom', anchor(20, 500), { left: 20, top: 196 }],
  ['within the screen where nothing fits', anchor(20, 280), { left: 20, top: 292 }],
])('%s', (_, at, expected) => {
  expect(menuPlace(at, menu, screen)).toEqual(expected)
})
