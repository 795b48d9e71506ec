// The access token, in memory only, and its renewal. The refresh token is an HttpOnly cookie that no script sees.
// Renewals run one at a time: one promise in this tab, and a lock that all tabs of the browser share. On plain HTTP there are no
// locks; then the server gives tabs that renew at once the same cookie.
import type { Session } from './types'

type Renew = () => Promise<Session>

interface Listeners {
  renewed: (session: Session) => void
  ended: () => void
}

const LOCK = 'todo.refresh'

let accessToken: string | null = null
let renewal: Promise<Session> | null = null
/** For the signed-in person: requests in their name are cancelled with their session. */
let stay = new AbortController()
const renewedListeners = new Set<Listeners['renewed']>()
const endedListeners = new Set<Listeners['ended']>()

export function getAccessToken(): string | null {
  return accessToken
}

export function setAccessToken(token: string | null): void {
  accessToken = token
}

/** Aborted when the person leaves, in this tab or another, or the server ends the session. */
export function sessionSignal(): AbortSignal {
  return stay.signal
}

/** They are gone: everything that is under way stops, and what answers all the same is not heard. */
export function abandonSession(): void {
  accessToken = null
  renewal = null
  stay.abort()
  stay = new AbortController()
}

/** Told of each new session that a renewal brought. Returns the way to stop. */
export function onSessionRenewed(listener: Listeners['renewed']): () => void {
  renewedListeners.add(listener)
  return () => renewedListeners.delete(listener)
}

/** Called when the server reports the end of the session. Returns the unsubscribe function. */
export function onSessionEnded(listener: Listeners['ended']): () => void {
  endedListeners.add(listener)
  return () => endedListeners.delete(listener)
}

export function announceSessionEnded(): void {
  abandonSession()
  for (const listener of endedListeners) listener()
}

/** Whoever leaves while another tab has the lock need not wait for it. */
async function exclusively<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  const locks = typeof navigator === 'undefined' ? undefined : (navigator as Partial<Navigator>).locks
  return locks ? await locks.request(LOCK, { signal }, work) : await work()
}

async function renewWithin(signal: AbortSignal, renew: Renew): Promise<Session> {
  const session = await exclusively(renew, signal)
  // The user has signed out meanwhile and must not be signed in again.
  signal.throwIfAborted()
  accessToken = session.access_token
  for (const listener of renewedListeners) listener(session)
  return session
}

/** One refresh for all concurrent callers. */
export function renewSession(renew: Renew): Promise<Session> {
  if (renewal) return renewal
  const own = renewWithin(stay.signal, renew).finally(() => {
    if (renewal === own) renewal = null
  })
  renewal = own
  return own
}
