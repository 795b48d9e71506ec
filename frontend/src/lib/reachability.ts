// One part of the page could not reach the server: others need not wait to find out for themselves.
const listeners = new Set<() => void>()

/** Returns what ends it. */
export function onUnreachable(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export function reportUnreachable(): void {
  for (const listener of listeners) listener()
}
