// Writes to one object are sent one after another: concurrent ones could overtake each other, and the older one would win. A retry keeps
// its turn. Reads, and writes to different objects, do not wait. When the page closes, waiting writes are sent immediately: otherwise they
// would not be sent at all.
import type { InternalAxiosRequestConfig } from 'axios'

const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

type Release = () => void

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

export class Turns {
  private readonly last = new Map<string, Promise<void>>()

  /**
   * Gives the way to let the next one go: at once when nobody is before, so that a first write is sent in the same moment.
   * Fails when it is aborted before its turn.
   */
  take(thing: string, signal: AbortSignal): Release | Promise<Release> {
    const before = this.last.get(thing)
    let release: Release = () => undefined
    const done = new Promise<void>((resolve) => (release = resolve))
    const own = before ? before.then(() => done) : done
    this.last.set(thing, own)
    void own.then(() => {
      if (this.last.get(thing) === own) this.last.delete(thing)
    })
    const go = (): Release => {
      if (signal.aborted) release()
      signal.throwIfAborted()
      return release
    }
    return before ? waitFor(before).then(go) : go()
  }
}
