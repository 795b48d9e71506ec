// Changes that must not be lost before the server has answered them, kept with the user's other unsent texts (lib/storage): signing
// out asks about them, and nobody else sees them. They belong to this tab only, so that no other tab sends them too.
import type { shelfOf } from '@/lib/storage'

/** A change of one entity, JSON-serialisable. */
export interface QueuedChange {
  /** The change's own id; a later change has a greater one. */
  key: string
  /** The id of the changed entity. */
  thing: string
  /** The name of the store's command. */
  kind: string
  input: unknown
}

export interface Outbox {
  keep: (change: QueuedChange) => void
  discard: (key: string) => void
  /** In the order in which they were made. */
  waiting: () => QueuedChange[]
}

function isQueuedChange(value: unknown): value is QueuedChange {
  if (typeof value !== 'object' || value === null) return false
  return ['key', 'thing', 'kind'].every((field) => typeof Reflect.get(value, field) === 'string')
}

/** `store` separates the changes of different stores. */
export function createOutbox(store: string, shelf: ReturnType<typeof shelfOf>): Outbox {
  // Signing out asks about keys that begin with `draft.`.
  const prefix = `draft.change.${store}.`
  return {
    keep: (change) => shelf.write(prefix + change.key, change, 'session'),
    discard: (key) => shelf.write(prefix + key, undefined, 'session'),
    waiting: () =>
      shelf
        .keys(prefix, 'session')
        .sort()
        .map((key) => shelf.read(key, 'session'))
        .filter(isQueuedChange),
  }
}
