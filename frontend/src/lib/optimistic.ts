// A map of the server's values, overlaid with local changes until the server answers. The shown value is always "server's value, then each
// pending change in order". So reverting a change only drops it, and a live event in the meantime is neither lost nor reverted.

import { Loads, type Load } from './loads'

export interface Versioned {
  id: string
  version: number
}

/** Where a change of the shown value came from. */
export type Source = 'load' | 'event' | 'local'

/** So many removals are remembered: an answer that is older than one is seconds late, not hours. */
const MAX_GONE = 1_000

type Transform<T> = (value: T | undefined) => T | undefined
export type ChangeListener<T> = (
  id: string,
  before: T | undefined,
  after: T | undefined,
  source: Source,
) => void

export interface Change<T> {
  /** The server accepted; `value` is its state, `null` means deleted, and undefined leaves it to an event. */
  commit: (value?: T | null) => void
  /** The server refused: as if it had never been. */
  rollback: () => void
}

export class OptimisticMap<T extends Versioned> {
  private readonly base = new Map<string, T>()
  private readonly changes = new Map<string, Transform<T>[]>()
  /** Versions at which things went, so that an answer older than the removal does not bring one back. */
  private readonly gone = new Map<string, number>()
  private readonly loads = new Loads()

  /** `view` is what is shown; pass a reactive map to have it drawn. */
  constructor(
    readonly view: Map<string, T>,
    private readonly onChange: ChangeListener<T> = () => undefined,
  ) {}

  /** The server's state, without open changes. */
  confirmed(id: string): T | undefined {
    return this.base.get(id)
  }

  /** Whether something was done to it here that the server has not answered yet. */
  isChanging(id: string): boolean {
    return this.changes.has(id)
  }

  changingIds(): Iterable<string> {
    return this.changes.keys()
  }

  /** Whether it went, as far as we know. */
  hasGone(id: string): boolean {
    return this.gone.has(id)
  }

  /** Starts loading a list; `sync` takes its answer. A pending load of the same scope is superseded. */
  beginLoad(scope?: string): Load {
    return this.loads.begin(scope)
  }

  /**
   * Takes a whole list: what it covers and does not name has gone, unless it came or changed while the list was under
   * way. False when the answer counts no more.
   */
  sync(load: Load, items: readonly T[], covers: (item: T) => boolean = () => true): boolean {
    if (!this.loads.end(load)) return false
    const ids = new Set(items.map(({ id }) => id))
    for (const item of [...this.base.values()]) {
      if (covers(item) && !ids.has(item.id) && !load.touched.has(item.id)) this.drop(item.id, 'load')
    }
    for (const item of items) if (load.touched.get(item.id) !== null) this.put(item)
    return true
  }

  /** Ends a load that failed; false when nobody waits for it any more. */
  endLoad(load: Load): boolean {
    return this.loads.end(load)
  }

  /** Takes the server's state, unless we know a newer one. */
  put(value: T, source: Source = 'load'): boolean {
    if (source !== 'load') this.loads.touch(value.id, value)
    const known = this.base.get(value.id)
    if (known && value.version < known.version) return false
    if ((this.gone.get(value.id) ?? -1) >= value.version && source === 'load') return false
    // The same again draws nothing anew.
    if (known?.version === value.version && JSON.stringify(known) === JSON.stringify(value)) {
      this.refresh(value.id, source)
      return true
    }
    this.gone.delete(value.id)
    this.base.set(value.id, value)
    this.refresh(value.id, source)
    return true
  }

  drop(id: string, source: Source = 'event'): void {
    if (source !== 'load') this.loads.touch(id, null)
    const known = this.base.get(id)
    if (known) this.remember(id, known.version)
    this.base.delete(id)
    this.refresh(id, source)
  }

  /** Evicts an item that nobody looks at: it is not deleted, only not kept. */
  forget(id: string): void {
    if (this.changes.has(id)) return
    this.base.delete(id)
    this.view.delete(id)
  }

  change(id: string, transform: Transform<T>): Change<T> {
    const open = this.changes.get(id) ?? []
    this.changes.set(id, [...open, transform])
    this.refresh(id, 'local')
    const close = (): void => {
      const rest = (this.changes.get(id) ?? []).filter((other) => other !== transform)
      if (rest.length > 0) this.changes.set(id, rest)
      else this.changes.delete(id)
    }
    return {
      commit: (value) => {
        close()
        if (value === null) return this.drop(id, 'local')
        const taken = value !== undefined && this.put(value, this.gone.has(id) ? 'load' : 'local')
        if (!taken) this.refresh(id, 'local')
      },
      rollback: () => {
        close()
        this.refresh(id, 'local')
      },
    }
  }

  clear(): void {
    this.loads.cancel()
    this.base.clear()
    this.changes.clear()
    this.gone.clear()
    this.view.clear()
  }

  private remember(id: string, version: number): void {
    this.gone.delete(id)
    this.gone.set(id, version)
    const oldest = this.gone.keys().next()
    if (this.gone.size > MAX_GONE && !oldest.done) this.gone.delete(oldest.value)
  }

  private refresh(id: string, source: Source): void {
    const before = this.view.get(id)
    const after = (this.changes.get(id) ?? []).reduce<T | undefined>(
      (value, transform) => transform(value),
      this.base.get(id),
    )
    if (after === before) return
    if (after === undefined) this.view.delete(id)
    else this.view.set(id, after)
    this.onChange(id, before, after, source)
  }
}
