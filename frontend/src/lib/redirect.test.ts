import { expect, test } from 'vitest'
import { safeRedirect } from './redirect'

test.each(['/', '/projects/1?task=2', '/search?q=a%2Fb'])('goes back to %s', (path) => {
  expect(safeRedirect(path)).toBe(path)
})

test.each(['https://evil.example', '//evil.example', '/\\evil.example', 'javascript:alert(1)', '', '/login'])(
  'does not follow %s',
  (path) => {
    expect(safeRedirect(path)).toBe('/')
  },
)

test('takes what is no text as home', () => {
  expect(safeRedirect(undefined)).toBe('/')
  expect(safeRedirect(['/a', '/b'])).toBe('/')
})
