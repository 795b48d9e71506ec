// The access token, in memory only, and its renewal. The refresh token is an HttpOnly cookie that no script sees.
// A refresh cookie that is used twice ends the session, so renewals run one at a time: one promise in this tab,
// and a lock that all tabs of the browser share.
import type { Session } from './types'

type Renew = () => Promise<Session>

interface Listeners {
  renewed: (session: Session) => void
  ended: () => void
}

const LOCK = 'todo.refresh'

let accessToken: string | null = null
let renewal: Promise<Session> | null = null
const renewedListeners = new Set<Listeners['renewed']>()
const endedListeners = new Set<Listeners['ended']>()

export function getAccessToken(): string | null {
  return accessToken
}

export function setAccessToken(token: string | null): void {
  accessToken = token
}

/** Told of each new session that a renewal brought. Returns the way to stop. */
export function onSessionRenewed(listener: Listeners['renewed']): () => void {
  renewedListeners.add(listener)
  return () => renewedListeners.delete(listener)
}

/** Told when the server says that the session is over. Returns the way to stop. */
export function onSessionEnded(listener: Listeners['ended']): () => void {
  endedListeners.add(listener)
  return () => endedListeners.delete(listener)
}

export function announceSessionEnded(): void {
  accessToken = null
  for (const listener of endedListeners) listener()
}

/** Locks exist only in secure contexts; on plain HTTP one tab at a time is all that we can promise. */
async function exclusively<T>(work: () => Promise<T>): Promise<T> {
  const locks = typeof navigator === 'undefined' ? undefined : (navigator as Partial<Navigator>).locks
  return locks ? await locks.request(LOCK, work) : await work()
}

/** One renewal for everybody who asks while it runs. */
export function renewSession(renew: Renew): Promise<Session> {
  renewal ??= exclusively(renew)
    .then((session) => {
      accessToken = session.access_token
      for (const listener of renewedListeners) listener(session)
      return session
    })
    .finally(() => {
      renewal = null
    })
  return renewal
}
