// A map of what the server said, with what people here did laid over it until the server answers.
// The shown value is always "server's value, then each open change in order". So taking a change back is only
// forgetting it, and a live event that arrives meanwhile is neither lost nor rolled back.

export interface Versioned {
  id: string
  version: number
}

/** Where a change of the shown value came from. */
export type Source = 'load' | 'event' | 'local'

type Transform<T> = (value: T | undefined) => T | undefined
export type ChangeListener<T> = (
  id: string,
  before: T | undefined,
  after: T | undefined,
  source: Source,
) => void

export interface Change<T> {
  /** The server agreed; `value` is its state, `null` says that the thing is gone, nothing leaves it to an event. */
  commit: (value?: T | null) => void
  /** The server refused: as if it had never been. */
  rollback: () => void
}

export class OptimisticMap<T extends Versioned> {
  private readonly base = new Map<string, T>()
  private readonly changes = new Map<string, Transform<T>[]>()
  /** Versions at which things went, so that an answer older than the removal does not bring one back. */
  private readonly gone = new Map<string, number>()

  /** `view` is what is shown; pass a reactive map to have it drawn. */
  constructor(
    readonly view: Map<string, T>,
    private readonly onChange: ChangeListener<T> = () => undefined,
  ) {}

  /** The server's state, without open changes. */
  confirmed(id: string): T | undefined {
    return this.base.get(id)
  }

  /** Takes the server's state, unless we know a newer one. */
  put(value: T, source: Source = 'load'): boolean {
    const known = this.base.get(value.id)
    if (known && value.version < known.version) return false
    if ((this.gone.get(value.id) ?? -1) >= value.version && source === 'load') return false
    this.gone.delete(value.id)
    this.base.set(value.id, value)
    this.refresh(value.id, source)
    return true
  }

  drop(id: string, source: Source = 'event'): void {
    const known = this.base.get(id)
    if (known) this.gone.set(id, known.version)
    this.base.delete(id)
    this.refresh(id, source)
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
    this.base.clear()
    this.changes.clear()
    this.gone.clear()
    this.view.clear()
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
