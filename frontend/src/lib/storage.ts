// The only place that stores data in this browser, in localStorage or sessionStorage (enforced by a lint rule). An entry belongs either to
// the device, or to one person: then its key contains their id, nobody else sees it, and signing out removes it. Nothing here throws:
// storage may be blocked, full, or contain another version's data.

/** `local` outlives the browser, `session` the tab's reloads only. */
type Area = 'local' | 'session'

export interface Shelf {
  read: (key: string, area?: Area) => unknown
  /** `undefined` removes the key. */
  write: (key: string, value: unknown, area?: Area) => void
}

interface PersonalShelf extends Shelf {
  /** The keys that begin like this. */
  keys: (beginning: string, area?: Area) => string[]
}

const AREAS = ['local', 'session'] as const
const PERSONS = 'todo.person.'
/** Entries that the previous version stored without an owner: they cannot be attributed. */
const UNNAMED = ['todo.draft.', 'todo.views']
/** People who have signed out on this page: pending work must not restore what was removed. */
const closed = new Set<string>()

function areaOf(area: Area): Storage {
  return area === 'local' ? localStorage : sessionStorage
}

function read(key: string, area: Area): unknown {
  try {
    const text = areaOf(area).getItem(key)
    return text === null ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}

function write(key: string, value: unknown, area: Area): void {
  try {
    if (value === undefined) areaOf(area).removeItem(key)
    else areaOf(area).setItem(key, JSON.stringify(value))
  } catch {
    // Nothing that we keep there is needed to go on.
  }
}

function keysOf(area: Area): string[] {
  try {
    return Object.keys(areaOf(area))
  } catch {
    return []
  }
}

function removeAll(belongs: (key: string) => boolean): void {
  for (const area of AREAS) {
    for (const key of keysOf(area)) if (belongs(key)) write(key, undefined, area)
  }
}

const prefixOf = (userId: string): string => `${PERSONS}${userId}.`

/** Entries independent of sign-in: appearance, language, and that a session exists. */
export const deviceShelf: Shelf = {
  read: (key, area = 'local') => read(`todo.${key}`, area),
  write: (key, value, area = 'local') => write(`todo.${key}`, value, area),
}

/** A person's entries. Without a person (signed out) nothing is stored. */
export function shelfOf(userId: string | undefined): PersonalShelf {
  const isOpen = (): boolean => userId !== undefined && !closed.has(userId)
  return {
    read: (key, area = 'local') => (isOpen() ? read(`${prefixOf(userId ?? '')}${key}`, area) : undefined),
    write: (key, value, area = 'local') => {
      if (isOpen()) write(`${prefixOf(userId ?? '')}${key}`, value, area)
    },
    keys: (beginning, area = 'local') => {
      if (!isOpen()) return []
      const prefix = prefixOf(userId ?? '')
      return keysOf(area).flatMap((key) =>
        key.startsWith(prefix + beginning) ? [key.slice(prefix.length)] : [],
      )
    },
  }
}

/** Whether the person has an entry with this prefix. */
export function keeps(userId: string, beginning: string): boolean {
  return AREAS.some((area) => keysOf(area).some((key) => key.startsWith(`${prefixOf(userId)}${beginning}`)))
}

/** The keys of the person's entries in localStorage with this prefix, without the part that names the person. */
export function personKeys(userId: string, beginning: string): string[] {
  const prefix = prefixOf(userId)
  return keysOf('local').flatMap((key) =>
    key.startsWith(`${prefix}${beginning}`) ? [key.slice(prefix.length)] : [],
  )
}

/** The person has signed in (again): their entries are stored. */
export function openShelf(userId: string): void {
  closed.delete(userId)
  removeAll((key) => UNNAMED.some((beginning) => key.startsWith(beginning)))
}

/** Removes the person's entries from this browser, and stores nothing of theirs until they sign in again. */
export function forgetPerson(userId: string): void {
  closed.add(userId)
  removeAll((key) => key.startsWith(prefixOf(userId)))
}
