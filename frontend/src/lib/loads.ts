// Changes that arrive while a response is pending are newer than the response. A load remembers them, and merging keeps them: live changes
// are not lost to a list read before them, and removed items do not reappear.

export class Load<T = unknown> {
  /** Items changed since the load began, by id; `null` for removed ones. */
  readonly touched = new Map<string, T | null>()
  /** Something happened that cannot be told by ids ("all were read"): only another load tells the truth. */
  outdated = false
}

export class Loads<T = unknown> {
  private readonly open = new Map<string, Load<T>>()

  get isOpen(): boolean {
    return this.open.size > 0
  }

  /** Begins a load. An earlier one of the same scope is over: the later question has the better answer. */
  begin(scope = ''): Load<T> {
    const load = new Load<T>()
    this.open.set(scope, load)
    return load
  }

  /** Whether its answer still counts: no newer load, and the same person. */
  isCurrent(load: Load<T>): boolean {
    return [...this.open.values()].includes(load)
  }

  /** Ends it; false when its answer counts no more. */
  end(load: Load<T>): boolean {
    for (const [scope, other] of this.open) {
      if (other === load) return this.open.delete(scope)
    }
    return false
  }

  /** An item was changed, or removed (`null`). */
  touch(id: string, value: T | null): void {
    for (const load of this.open.values()) load.touched.set(id, value)
  }

  outdate(): void {
    for (const load of this.open.values()) load.outdated = true
  }

  /** What is under way was another person's. */
  cancel(): void {
    this.open.clear()
  }
}

interface MergeOptions<T> {
  /** Where what the answer does not know is put. */
  newAt: 'start' | 'end'
  /** Adds fields that only the response contains. */
  combine?: (arrived: T, answered: T) => T
}

/** The response of a load, overlaid with the changes made meanwhile. */
export function mergeLoaded<T>(
  answer: readonly T[],
  { touched }: Load<T>,
  idOf: (item: T) => string,
  { newAt, combine }: MergeOptions<T>,
): T[] {
  if (touched.size === 0) return [...answer]
  const known = new Set(answer.map(idOf))
  const kept = answer.flatMap((item) => {
    const arrived = touched.get(idOf(item))
    if (arrived === undefined) return [item]
    if (arrived === null) return []
    return [combine ? combine(arrived, item) : arrived]
  })
  const added = [...touched].flatMap(([id, item]) => (item === null || known.has(id) ? [] : [item]))
  return newAt === 'start' ? [...added.reverse(), ...kept] : [...kept, ...added]
}
