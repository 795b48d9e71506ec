import type { RouteLocationNormalized } from 'vue-router'
import { deviceShelf } from './storage'

const KEY = 'reloaded-for'
/** A second failure so soon is not cured by another load. */
const PATIENCE = 10_000

/** The browsers' messages when a lazy module cannot be loaded. */
const MESSAGES = /dynamically imported module|Importing a module script failed|Unable to preload CSS/i

export function isMissingPart(error: unknown): error is Error {
  // eslint-disable-next-line no-restricted-syntax -- the browsers give it no code
  return error instanceof Error && MESSAGES.test(error.message)
}

/** Without a server the browser would show a page of its own in the place of ours. */
async function isServerThere(): Promise<boolean> {
  try {
    return (await fetch('/', { method: 'HEAD', cache: 'no-store', headers: { accept: 'text/html' } })).ok
  } catch {
    return false
  }
}

interface World {
  assign?: (url: string) => void
  isThere?: () => Promise<boolean>
}

/**
 * After a new release the parts of the page of before are gone. What needs one is then opened by the browser, which
 * fetches the new page; true when that is under way.
 */
export async function openAnew(
  error: unknown,
  to: Pick<RouteLocationNormalized, 'fullPath'>,
  { assign = (url) => location.assign(url), isThere = isServerThere }: World = {},
): Promise<boolean> {
  if (!isMissingPart(error)) return false
  const last = deviceShelf.read(KEY, 'session')
  if (typeof last === 'number' && Date.now() - last < PATIENCE) return false
  if (!(await isThere())) return false
  deviceShelf.write(KEY, Date.now(), 'session')
  assign(to.fullPath)
  return true
}
