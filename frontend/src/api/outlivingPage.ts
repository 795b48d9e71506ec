// Closing or reloading a page cancels its requests, except those of `fetch` with `keepalive`. A page cannot know in advance when it will be
// closed, so every write that fits uses it. Browsers refuse more than 64 KiB of bodies in all such requests together (Fetch Standard,
// "HTTP-network-or-cache fetch"): the rest is sent as ordinary requests.
import type { InternalAxiosRequestConfig } from 'axios'

const MAX_BYTES = 63 * 1024
/** A long text leaves so much to the clicks that come after it. */
const FOR_SMALL_BYTES = 16 * 1024
const SMALL_BYTES = 2 * 1024
/** What a request counts at least, so that there are never very many: browsers limit their number, too. */
const LEAST_BYTES = 512

let isClosing = false
let bytesUnderWay = 0

if (typeof window !== 'undefined') {
  window.addEventListener('pagehide', () => (isClosing = true))
  window.addEventListener('pageshow', () => (isClosing = false))
}

/** The size of a JSON body; `undefined` for a file or a form, which is never small. */
function bytesOf(data: unknown): number | undefined {
  if (data === undefined || data === null) return 0
  const isJson = Array.isArray(data) || Object.getPrototypeOf(data) === Object.prototype
  const text = typeof data === 'string' ? data : isJson ? JSON.stringify(data) : undefined
  return text === undefined ? undefined : new TextEncoder().encode(text).length
}

function roomFor(bytes: number): boolean {
  const isLeaving = isClosing || (typeof document !== 'undefined' && document.visibilityState === 'hidden')
  const kept = bytes <= SMALL_BYTES || isLeaving ? 0 : FOR_SMALL_BYTES
  return bytesUnderWay + bytes <= MAX_BYTES - kept
}

/** Makes a write reach the server although nobody waits for the answer any more. To be called when it is over: gives its room back. */
export function outlivePage(config: InternalAxiosRequestConfig): (() => void) | undefined {
  const size = bytesOf(config.data)
  const bytes = Math.max(size ?? 0, LEAST_BYTES)
  const keepalive = size !== undefined && roomFor(bytes)
  config.fetchOptions = { ...config.fetchOptions, keepalive }
  if (!keepalive) return undefined
  bytesUnderWay += bytes
  return () => {
    bytesUnderWay -= bytes
  }
}
