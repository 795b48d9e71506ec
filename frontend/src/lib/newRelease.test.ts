// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { openAnew } from './newRelease'

const gone = new TypeError(
  'Failed to fetch dynamically imported module: https://todo.example.org/assets/Trash-1.js',
)
const to = { fullPath: '/trash?page=2' }

beforeEach(() => {
  sessionStorage.clear()
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

it('opens the page by a load of the browser when its part is gone', () => {
  const assign = vi.fn()
  expect(openAnew(gone, to, assign)).toBe(true)
  expect(assign).toHaveBeenCalledExactlyOnceWith('/trash?page=2')
})

it('does not load again and again', () => {
  const assign = vi.fn()
  openAnew(gone, to, assign)
  vi.advanceTimersByTime(5000)
  expect(openAnew(gone, to, assign)).toBe(false)
  vi.advanceTimersByTime(60_000)
  expect(openAnew(gone, to, assign)).toBe(true)
  expect(assign).toHaveBeenCalledTimes(2)
})

it('leaves other errors alone', () => {
  const assign = vi.fn()
  expect(openAnew(new Error('Network Error'), to, assign)).toBe(false)
  expect(openAnew('cancelled', to, assign)).toBe(false)
  expect(assign).not.toHaveBeenCalled()
})
