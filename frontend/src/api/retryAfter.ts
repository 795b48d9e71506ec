// Handles the server's `Retry-After` (429, 503) in one place: a short wait happens here, a longer one is reported to the caller, and
// automatic retries take their pause from here.
import { AxiosHeaders, type AxiosError } from 'axios'
import { parseRetryAfter, type ApiError } from './errors'
import { isWrite } from './turns'

/** Seconds that a person can be kept waiting without a word. */
const SHORT_S = 10
const MAX_WAITS = 2
/** Spreads requests that were refused together. */
const SPREAD_MS = 500

/** A 429 was refused before anything was done; after a 503 that is not known, so only what changes nothing is sent again. */
function isSafe(status: number, method: string | undefined): boolean {
  return status === 429 || (status === 503 && !isWrite(method))
}

/** The wait requested by the server, if short; `undefined`: report the refusal. Rejects if the request is aborted. */
export function retryAfterPause({ config, response }: AxiosError): Promise<void> | undefined {
  if (!config || !response || (config.waits ?? 0) >= MAX_WAITS) return undefined
  // A mistyped password is reported immediately.
  if (config.withoutRenewal || !isSafe(response.status, config.method)) return undefined
  const seconds = parseRetryAfter(AxiosHeaders.from(response.headers as AxiosHeaders).get('retry-after'))
  if (seconds === undefined || seconds > SHORT_S) return undefined
  return pause(seconds * 1000 + Math.random() * SPREAD_MS, config.signal)
}

function pause(ms: number, signal: unknown): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms)
    if (!(signal instanceof AbortSignal)) return
    const stop = (): void => {
      clearTimeout(timer)
      reject(new DOMException('The request was aborted', 'AbortError'))
    }
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })
}

/** Milliseconds until an automatic retry: its own pause, or the server's if longer. */
export function pauseAfter(error: ApiError, ownMs: number): number {
  return Math.max(ownMs, (error.retryAfter ?? 0) * 1000)
}
