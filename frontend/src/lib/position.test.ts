import { expect, test } from 'vitest'
import { provisionalPosition } from './position'

test('a provisional position is right after its neighbour', () => {
  expect(provisionalPosition('80') > '80').toBe(true)
  expect(provisionalPosition('80') < '8000').toBe(true)
  expect(provisionalPosition(null) < '0').toBe(true)
})
