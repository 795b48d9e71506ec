// Where to go after signing in: only one of our own paths, never a foreign URL from a link.

export function safeRedirect(value: unknown): string {
  if (typeof value !== 'string') return '/'
  return /^\/(?![/\\])/.test(value) && !value.startsWith('/login') && !value.startsWith('/register')
    ? value
    : '/'
}

/** The token of the invitation that the person goes back to after registering. */
export function tokenOfInvitation(value: unknown): string | undefined {
  const target = new URL(safeRedirect(value), 'https://here.invalid')
  return target.pathname === '/invitations/accept'
    ? (target.searchParams.get('token') ?? undefined)
    : undefined
}
