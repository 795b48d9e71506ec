// localStorage and sessionStorage that cannot throw: they may be blocked, full, or hold what another version wrote.

/** `local` outlives the browser, `session` the tab's reloads only. */
type Area = 'local' | 'session'

function areaOf(area: Area): Storage {
  return area === 'local' ? localStorage : sessionStorage
}

export function readStored(key: string, area: Area = 'local'): unknown {
  try {
    const text = areaOf(area).getItem(key)
    return text === null ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}

/** `undefined` removes the key. */
export function writeStored(key: string, value: unknown, area: Area = 'local'): void {
  try {
    if (value === undefined) areaOf(area).removeItem(key)
    else areaOf(area).setItem(key, JSON.stringify(value))
  } catch {
    // Nothing that we keep there is needed to go on.
  }
}
