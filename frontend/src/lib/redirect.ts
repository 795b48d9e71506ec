// Where to go after signing in: only a path of our own, never an address that somebody put into a link.

export function safeRedirect(value: unknown): string {
  if (typeof value !== 'string') return '/'
  return /^\/(?![/\\])/.test(value) && !value.startsWith('/login') && !value.startsWith('/register')
    ? value
    : '/'
}
