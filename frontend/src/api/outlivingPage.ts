// A page that is being closed takes its requests with it, but for those of `fetch` with `keepalive`.
import type { AxiosRequestConfig } from 'axios'

/** Browsers refuse more than 64 KiB in all such requests together (Fetch Standard, "HTTP-network-or-cache fetch"). */
const MAX_BYTES = 48 * 1024
/** So small that many of them fit. They always outlive the page: nobody can tell beforehand that it is about to go. */
const SMALL_BYTES = 1024

let isClosing = false

if (typeof window !== 'undefined') {
  window.addEventListener('pagehide', () => (isClosing = true))
  window.addEventListener('pageshow', () => (isClosing = false))
}

/** What makes a request with this body reach the server although nobody waits for the answer any more. */
export function outlivingPage(body: unknown): AxiosRequestConfig {
  const isLeaving = isClosing || (typeof document !== 'undefined' && document.visibilityState === 'hidden')
  const size = new TextEncoder().encode(JSON.stringify(body)).length
  if (size > (isLeaving ? MAX_BYTES : SMALL_BYTES)) return {}
  return { adapter: 'fetch', fetchOptions: { keepalive: true } }
}
