import { expect, test } from 'vitest'
import { barPath, ticksFor } from './chartScale'

test.each([
  [0, [0, 1]],
  [1, [0, 1]],
  [3, [0, 1, 2, 3]],
  [4, [0, 1, 2, 3, 4]],
  [5, [0, 2, 4, 6]],
  [17, [0, 5, 10, 15, 20]],
  [40, [0, 10, 20, 30, 40]],
  [130, [0, 50, 100, 150]],
])('a highest value of %i has lines at %o', (highest, lines) => {
  expect(ticksFor(highest)).toEqual(lines)
})

test('a low bar’s radius is less than its height', () => {
  expect(barPath(10, 100, 20, 2)).toBe('M10,100V100Q10,98 12,98H28Q30,98 30,100V100Z')
})
