// Writes to one object are sent one after another: concurrent ones could overtake each other, and the older one would win. A retry keeps
// its turn. Reads, and writes to different objects, do not wait. When the page closes, waiting writes are sent immediately: otherwise they
// would not be sent at all.
import type { InternalAxiosRequestConfig } from 'axios'

const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const last = new Map<string, Promise<void>>()
const waiting = new Set<() => void>()

if (typeof window !== 'undefined') {
  window.addEventListener('pagehide', () => {
    for (const go of waiting) go()
  })
}

export function isWrite(method: string | undefined): boolean {
  return method !== undefined && !['get', 'head'].includes(method.toLowerCase())
}

/** The thing that a request writes to, by its id; by its address where it has none. */
export function thingOf({ method, url = '', data }: InternalAxiosRequestConfig): string | undefined {
  if (!isWrite(method)) return undefined
  const made: unknown =
    typeof data === 'object' && data !== null ? (data as Record<string, unknown>).id : undefined
  if (typeof made === 'string') return made
  return url.split('/').findLast((part) => ID.test(part)) ?? url
}

async function waitFor(before: Promise<void>): Promise<void> {
  let go: () => void = () => undefined
  const pageGoes = new Promise<void>((resolve) => (go = resolve))
  waiting.add(go)
  await Promise.race([before, pageGoes])
  waiting.delete(go)
}

/** Resolves with the way to let the next one go. Rejects when the request is aborted before its turn. */
export async function takeTurn(thing: string, signal: AbortSignal | undefined): Promise<() => void> {
  const before = last.get(thing)
  let release = (): void => undefined
  const done = new Promise<void>((resolve) => (release = resolve))
  const own = before ? before.then(() => done) : done
  last.set(thing, own)
  void own.then(() => {
    if (last.get(thing) === own) last.delete(thing)
  })
  if (before) await waitFor(before)
  if (signal?.aborted) {
    release()
    signal.throwIfAborted()
  }
  return release
}
