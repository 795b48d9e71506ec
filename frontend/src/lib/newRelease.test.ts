// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { openAnew } from './newRelease'

const gone = new TypeError(
  'Failed to fetch dynamically imported module: https://todo.example.org/assets/Trash-1.js',
)
const to = { fullPath: '/trash?page=2' }
const isThere = () => Promise.resolve(true)

beforeEach(() => {
  sessionStorage.clear()
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

it('reloads the page when its chunk is missing', async () => {
  const assign = vi.fn()
  expect(await openAnew(gone, to, { assign, isThere })).toBe(true)
  expect(assign).toHaveBeenCalledExactlyOnceWith('/trash?page=2')
})

it('does not load again and again', async () => {
  const assign = vi.fn()
  await openAnew(gone, to, { assign, isThere })
  vi.advanceTimersByTime(5000)
  expect(await openAnew(gone, to, { assign, isThere })).toBe(false)
  vi.advanceTimersByTime(60_000)
  expect(await openAnew(gone, to, { assign, isThere })).toBe(true)
  expect(assign).toHaveBeenCalledTimes(2)
})

it('keeps the page without a server, and keeps its attempt', async () => {
  const assign = vi.fn()
  expect(await openAnew(gone, to, { assign, isThere: () => Promise.resolve(false) })).toBe(false)
  expect(assign).not.toHaveBeenCalled()
  expect(await openAnew(gone, to, { assign, isThere })).toBe(true)
})

it('leaves other errors alone', async () => {
  const assign = vi.fn()
  expect(await openAnew(new Error('Network Error'), to, { assign, isThere })).toBe(false)
  expect(await openAnew('cancelled', to, { assign, isThere })).toBe(false)
  expect(assign).not.toHaveBeenCalled()
})
