// Writes to one thing go one after the other: two that are under way at once may overtake each other, and then the older one wins.
// A retry keeps its turn. Reads, and writes to different things, wait for nobody.
import type { InternalAxiosRequestConfig } from 'axios'

const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const last = new Map<string, Promise<void>>()

/** The thing that a request writes to, by its id; by its address where it has none. */
export function thingOf({ method, url = '', data }: InternalAxiosRequestConfig): string | undefined {
  if (method === undefined || ['get', 'head'].includes(method.toLowerCase())) return undefined
  const made: unknown =
    typeof data === 'object' && data !== null ? (data as Record<string, unknown>).id : undefined
  if (typeof made === 'string') return made
  return url.split('/').findLast((part) => ID.test(part)) ?? url
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
  await before
  if (signal?.aborted) {
    release()
    signal.throwIfAborted()
  }
  return release
}
