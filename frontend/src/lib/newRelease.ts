import type { RouteLocationNormalized } from 'vue-router'
import { deviceShelf } from './storage'

const KEY = 'reloaded-for'
/** A second failure so soon is not cured by another load. */
const PATIENCE = 10_000

/** What the browsers say when a module of a lazy page cannot be loaded. */
const MESSAGES = /dynamically imported module|Importing a module script failed|Unable to preload CSS/i

/**
 * After a new release the parts of the page of before are gone. A navigation that needs one is then done by the browser,
 * which fetches the new page; true when that is under way.
 */
export function openAnew(
  error: unknown,
  to: Pick<RouteLocationNormalized, 'fullPath'>,
  assign: (url: string) => void = (url) => location.assign(url),
): boolean {
  if (!(error instanceof Error) || !MESSAGES.test(error.message)) return false
  const last = deviceShelf.read(KEY, 'session')
  if (typeof last === 'number' && Date.now() - last < PATIENCE) return false
  deviceShelf.write(KEY, Date.now(), 'session')
  assign(to.fullPath)
  return true
}
