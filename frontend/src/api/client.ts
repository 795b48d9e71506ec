// The HTTP client: adds the token to a request, refreshes it once on a 401, waits for Retry-After, sends writes to one object in order,
// cancels pending requests with the session, and turns every failure into an ApiError. It shows nothing and navigates nowhere: that is up
// to its callers.
import axios, { AxiosError, CanceledError, isAxiosError, type AxiosResponse } from 'axios'
import type { InternalAxiosRequestConfig } from 'axios'
import { toApiError } from './errors'
import { outlivePage } from './outlivingPage'
import { forgetRefreshKey, refreshKey } from './refreshKey'
import { retryAfterPause } from './retryAfter'
import { announceSessionEnded, getAccessToken, renewSession, sessionSignal } from './session'
import { isWrite, thingOf, Turns } from './turns'
import type { Session } from './types'

declare module 'axios' {
  interface AxiosRequestConfig {
    /** The call establishes or ends a session: it carries no renewal of its own. */
    withoutRenewal?: boolean
    /** Set on the second try after a renewal. */
    isRetry?: boolean
    /** It belongs to nobody, or ends the session itself: it continues after signing out. */
    outlivesSession?: boolean
    /** How often the server has asked to wait for this request. */
    waits?: number
    /** Whose request it is; set by the client. */
    session?: AbortSignal
    /** Lets the next write to the same thing go; set by the client. */
    release?: () => void
    /** Leaves the room of this try to other requests that are to outlive the page; set by the client. */
    leaveRoom?: () => void
  }
}

export const http = axios.create({
  baseURL: '/api/v1',
  timeout: 20_000,
  // Only fetch has requests that outlive the page.
  adapter: 'fetch',
  // `tag=a&tag=b`, never `tag[]=a`.
  paramsSerializer: { indexes: null },
})

const turns = new Turns()

function bearerOf(config: InternalAxiosRequestConfig): string | null {
  const header = config.headers.get('Authorization')
  return typeof header === 'string' ? header.replace(/^Bearer /, '') : null
}

async function askForRenewal(): Promise<Session> {
  const key = refreshKey()
  try {
    const headers = { 'Idempotency-Key': key }
    const { data } = await http.post<Session>('/auth/refresh', null, { withoutRenewal: true, headers })
    forgetRefreshKey(key)
    return data
  } catch (error) {
    const problem = toApiError(error)
    // Without an answer the cookie may be used up already: the next try is the same request.
    if (!problem.mayPass && problem.type !== 'cancelled') forgetRefreshKey(key)
    throw problem
  }
}

/** Trades the refresh cookie for a new access token; a refusal ends the session of this tab. */
export async function refreshSession(): Promise<Session> {
  try {
    return await renewSession(askForRenewal)
  } catch (error) {
    const problem = toApiError(error)
    if (problem.status === 401) announceSessionEnded()
    throw problem
  }
}

async function retryWithNewToken(error: AxiosError): Promise<AxiosResponse> {
  const config = error.config
  const mayRetry = config && error.response?.status === 401 && !config.withoutRenewal && !config.isRetry
  if (!mayRetry) throw error
  const used = bearerOf(config)
  if (used === null) throw error
  // Somebody may have renewed while this request was under way: then its token is just old.
  if (used === getAccessToken()) await refreshSession()
  return http.request({ ...config, isRetry: true })
}

/** Answers for somebody who has signed out are ignored, even if they arrive before the request could be cancelled. */
function refuseLate(config: InternalAxiosRequestConfig | undefined): void {
  if (config?.session?.aborted) throw new CanceledError('The session is over', config)
}

http.interceptors.request.use(async (config) => {
  if (!config.outlivesSession) {
    config.session ??= sessionSignal()
    refuseLate(config)
    const own = config.signal
    const signal = own instanceof AbortSignal ? AbortSignal.any([own, config.session]) : config.session
    config.signal = signal
    const thing = config.withoutRenewal ? undefined : thingOf(config)
    if (thing !== undefined) config.release ??= await turns.take(thing, signal)
  }
  const token = getAccessToken()
  if (token !== null) config.headers.set('Authorization', `Bearer ${token}`)
  config.leaveRoom = isWrite(config.method) ? outlivePage(config) : undefined
  return config
})

http.interceptors.response.use(
  (response) => {
    response.config.leaveRoom?.()
    response.config.release?.()
    refuseLate(response.config)
    return response
  },
  async (error: unknown) => {
    if (!isAxiosError(error)) throw toApiError(error)
    error.config?.leaveRoom?.()
    try {
      refuseLate(error.config)
      const pause = retryAfterPause(error)
      if (pause === undefined || !error.config) return await retryWithNewToken(error)
      await pause
      return await http.request({ ...error.config, waits: (error.config.waits ?? 0) + 1 })
    } catch (problem) {
      throw toApiError(problem)
    } finally {
      error.config?.release?.()
    }
  },
)

/** The header that makes a change conditional on the version that the person saw. */
export function ifMatch(version: number | undefined): Record<string, string> {
  return version === undefined ? {} : { 'If-Match': `"${version}"` }
}
