import { expect, test } from 'vitest'
import { safeRedirect, tokenOfInvitation } from './redirect'

test.each(['/', '/projects/1?task=2', '/search?q=a%2Fb'])('goes back to %s', (path) => {
  expect(safeRedirect(path)).toBe(path)
})

test.each(['https://evil.example', '//evil.example', '/\\evil.example', 'javascript:alert(1)', '', '/login'])(
  'does not follow %s',
  (path) => {
    expect(safeRedirect(path)).toBe('/')
  },
)

test('treats a non-text as home', () => {
  expect(safeRedirect(undefined)).toBe('/')
  expect(safeRedirect(['/a', '/b'])).toBe('/')
})

test.each([
  ['/invitations/accept?token=a%2Bb', 'a+b'],
  ['/invitations/accept', undefined],
  ['/projects/1?token=x', undefined],
  ['https://elsewhere.example/invitations/accept?token=x', undefined],
  [undefined, undefined],
])('the invitation that %s goes back to', (redirect, token) => {
  expect(tokenOfInvitation(redirect)).toBe(token)
})
