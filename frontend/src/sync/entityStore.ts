// The basis of every store: entities by id as the server sent them, overlaid with the user's own changes until the server answers.
//
// States of an entity:
//   unknown    never received, or evicted
//   confirmed  received from the server
//   changing   confirmed or not, with changes that the server has not answered yet
//   gone       removed; the version at which it was removed is remembered
//
// Invariants:
//   1. The shown state is the confirmed state with each pending change applied, in the order in which they were made.
//   2. A confirmed version never decreases, and a response older than a removal brings nothing back.
//   3. What was added, changed or removed since a load began is newer than its response. Of two loads of one scope the later one counts.
//   4. The changes of one entity are sent one after the other, in order. Changes of different entities do not wait for each other.
//   5. A refused change leaves no trace. Changes made after it stay.
//   6. Nothing begun before `clear` has any effect after it, and waiting changes of a user who has signed out are not sent.
//   7. An entity with pending changes is never evicted.
//   8. A kept change is in the outbox from before it is sent until it is answered or discarded.
import { sessionSignal } from '@/api/session'
import { Turns } from '@/api/turns'
import { Loads, type Load } from '@/lib/loads'
import { createPending } from '@/lib/usePending'
import type { Outbox, QueuedChange } from './outbox'

/** Where a change of the shown value came from. */
export type Source = 'load' | 'event' | 'local'

/** The entity after a change; `undefined`: removed. */
export type Transform<T> = (value: T | undefined) => T | undefined

export type ChangeListener<T> = (
  id: string,
  before: T | undefined,
  after: T | undefined,
  source: Source,
) => void

/** The entity according to the response; `null`: removed; `undefined`: as it was shown. */
type Outcome<T> = T | null | undefined

/** One kind of change. Its input is JSON-serialisable, so that it can wait in the outbox. */
export type Command<T> = {
  /** What is shown until the server answers. Without it nothing changes before the response. */
  show?: (id: string, input: never) => Transform<T>
  /** Ids of other entities that change in the same way. */
  alongside?: (id: string, input: never) => readonly string[]
} & (
  | { send: (id: string, input: never) => Promise<Outcome<T>> | Promise<void>; settle?: undefined }
  | {
      send: (id: string, input: never) => Promise<unknown>
      /** The entity according to the response. */
      settle: (answer: never) => Outcome<T>
    }
)

export type Commands<T> = Record<string, Command<T>>
/** A function's parameter besides the id; `unknown` if there is none. */
type InputTo<F> = F extends (id: string, input: infer I) => unknown ? I : unknown
/** The input of `send`, or of `show` if there is none. */
type InputOf<C extends { send: unknown; show?: unknown }> =
  unknown extends InputTo<C['send']>
    ? unknown extends InputTo<C['show']>
      ? undefined
      : InputTo<C['show']>
    : InputTo<C['send']>
type AnswerOf<C extends { send: (id: string, input: never) => Promise<unknown> }> = Awaited<
  ReturnType<C['send']>
>

export interface StoreOptions<T, C extends Commands<T>> {
  idOf: (thing: T) => string
  /** Absent: the entities have no version, and the last state received counts. */
  versionOf?: (thing: T) => number
  /** Adds to a received entity what only the known one contains. */
  complete?: (arrived: T, known: T) => T
  onChange?: ChangeListener<T>
  commands?: C
  /** Where the user's kept changes wait. */
  outbox?: () => Outbox
}

interface Layer<T> {
  id: string
  transform: Transform<T>
}

/** How many removals are remembered: responses are seconds late, not hours. */
const MAX_GONE = 1_000

let lastSerial = 0

/** Greater than all earlier ones, including those of the previous page; each tab has its own outbox. */
function nextKey(): string {
  lastSerial += 1
  return `${Date.now()}.${String(lastSerial).padStart(8, '0')}`
}

export class EntityStore<T extends object, C extends Commands<T> = Record<never, never>> {
  private readonly base = new Map<string, T>()
  private readonly layers = new Map<string, Layer<T>[]>()
  private readonly gone = new Map<string, number>()
  private readonly loads = new Loads<T>()
  private readonly turns = new Turns()
  private readonly underWay = new Set<string>()
  private readonly pending = createPending()
  private generation = 0

  /** `view` holds what is shown; pass a reactive map to render it. */
  constructor(
    readonly view: Map<string, T>,
    private readonly options: StoreOptions<T, C>,
  ) {}

  /** The server's state, without pending changes. */
  confirmed(id: string): T | undefined {
    return this.base.get(id)
  }

  /** Whether it has changes that the server has not answered yet. */
  isChanging(id: string): boolean {
    return this.layers.has(id)
  }

  changingIds(): Iterable<string> {
    return this.layers.keys()
  }

  /** Whether a change of that kind is being sent or waiting. */
  isPending(kind: keyof C & string, id: string): boolean {
    return this.pending.isPending(kind, id)
  }

  hasGone(id: string): boolean {
    return this.gone.has(id)
  }

  // Loads

  /** Whether a response is pending. */
  get isLoading(): boolean {
    return this.loads.isOpen
  }

  /** Begins to load a list; `take` merges its response. It replaces a pending load of the same scope. */
  beginLoad(scope?: string): Load<T> {
    return this.loads.begin(scope)
  }

  /**
   * Merges a list: entities in its scope that it does not contain are removed, unless they were added or changed during the load.
   * False if the load is no longer current.
   */
  take(load: Load<T>, items: readonly T[], covers: (item: T) => boolean = () => true): boolean {
    if (!this.loads.end(load)) return false
    const { idOf, versionOf } = this.options
    const ids = new Set(items.map(idOf))
    for (const [id, item] of [...this.base]) {
      if (covers(item) && !ids.has(id) && !load.touched.has(id)) this.drop(id, 'load')
    }
    for (const item of items) {
      const touched = load.touched.get(idOf(item))
      if (touched === null) continue
      // Without versions, what arrived meanwhile is newer; but it may lack fields that only the response contains.
      if (touched && !versionOf) this.completeKnown(item)
      else this.put(item)
    }
    return true
  }

  /** Ends a failed load; false if it is no longer current. */
  endLoad(load: Load<T>): boolean {
    return this.loads.end(load)
  }

  /** Something happened that cannot be expressed by ids: the list must be loaded again (`Load.outdated`). */
  outdate(): void {
    this.loads.outdate()
  }

  /** Requests a list and merges it. False if the load is no longer current; otherwise throws if the request failed. */
  async load(
    ask: () => Promise<readonly T[]>,
    scope?: string,
    covers?: (item: T) => boolean,
  ): Promise<boolean> {
    const load = this.beginLoad(scope)
    try {
      return this.take(load, await ask(), covers)
    } catch (problem) {
      if (!this.endLoad(load)) return false
      throw problem
    }
  }

  // Server state

  /** Stores the server's state, unless a newer one is known. */
  put(value: T, source: Source = 'load'): boolean {
    const { idOf, versionOf, complete } = this.options
    const id = idOf(value)
    if (source !== 'load') this.loads.touch(id, value)
    const known = this.base.get(id)
    const version = versionOf?.(value)
    const knownVersion = known && versionOf?.(known)
    if (version !== undefined) {
      if (knownVersion !== undefined && version < knownVersion) return false
      if (source === 'load' && (this.gone.get(id) ?? -1) >= version) return false
    }
    const next = known && complete ? complete(value, known) : value
    // The same state again must not cause a new rendering.
    const isSame = known && knownVersion === version && JSON.stringify(known) === JSON.stringify(next)
    this.gone.delete(id)
    if (!isSame) this.base.set(id, next)
    this.refresh(id, source)
    return true
  }

  drop(id: string, source: Source = 'event'): void {
    if (source !== 'load') this.loads.touch(id, null)
    const known = this.base.get(id)
    const version = known && this.options.versionOf?.(known)
    if (version !== undefined) this.remember(id, version)
    this.base.delete(id)
    this.refresh(id, source)
  }

  /** Evicts an entity that nothing shows; it is not removed, only no longer kept. */
  evict(id: string): void {
    if (this.layers.has(id)) return
    this.base.delete(id)
    this.view.delete(id)
  }

  /** At sign-out, or when something else is shown: pending requests belong to the previous state. */
  clear(): void {
    this.generation += 1
    this.loads.cancel()
    this.base.clear()
    this.layers.clear()
    this.gone.clear()
    this.view.clear()
  }

  // Local changes

  /**
   * Shows the change immediately, sends it in order, and applies the response. If it is refused, it is reverted and the error is thrown. With
   * `keep`, a failed change stays in the outbox until it is sent again (`resend`) or discarded.
   */
  dispatch<K extends keyof C & string>(
    kind: K,
    id: string,
    input: InputOf<C[K]>,
    { keep = false }: { keep?: boolean } = {},
  ): Promise<AnswerOf<C[K]>> {
    const change: QueuedChange = { key: nextKey(), thing: id, kind, input }
    return this.run(change, keep ? this.options.outbox?.() : undefined) as Promise<AnswerOf<C[K]>>
  }

  /** Kept changes that are not being sent, in order: those of the previous page, and those that got no response. */
  unsent(): QueuedChange[] {
    return (this.options.outbox?.().waiting() ?? []).filter(({ key }) => !this.underWay.has(key))
  }

  /** Sends a kept change again. */
  resend(change: QueuedChange): Promise<unknown> {
    return this.run(change, this.options.outbox?.())
  }

  discard(change: QueuedChange): void {
    this.options.outbox?.().discard(change.key)
  }

  private run(change: QueuedChange, outbox: Outbox | undefined): Promise<unknown> {
    const command = this.options.commands?.[change.kind]
    // It was kept by another version of the page.
    if (!command) return Promise.reject(new TypeError(`No such change: ${change.kind}`))
    return this.pending.track(change.kind, change.thing, () => this.carryOut(change, command, outbox))
  }

  private async carryOut(
    change: QueuedChange,
    command: Command<T>,
    outbox: Outbox | undefined,
  ): Promise<unknown> {
    const { key, thing } = change
    const input = change.input as never
    const { generation } = this
    const ids = [thing, ...(command.alongside?.(thing, input) ?? [])]
    const open = command.show ? this.lay(ids, command.show(thing, input)) : []
    const isCurrent = (): boolean => generation === this.generation
    outbox?.keep(change)
    this.underWay.add(key)
    let release = (): void => undefined
    try {
      const turn = this.turns.take(thing, sessionSignal())
      release = turn instanceof Promise ? await turn : turn
      const answer = await command.send(thing, input)
      outbox?.discard(key)
      const outcome = command.settle ? command.settle(answer as never) : (answer as Outcome<T>)
      if (isCurrent()) this.commit(thing, open, outcome)
      return answer
    } catch (problem) {
      if (isCurrent()) this.close(open)
      throw problem
    } finally {
      this.underWay.delete(key)
      release()
    }
  }

  private lay(ids: readonly string[], transform: Transform<T>): Layer<T>[] {
    return ids.map((id) => {
      const layer: Layer<T> = { id, transform }
      this.layers.set(id, [...(this.layers.get(id) ?? []), layer])
      this.refresh(id, 'local')
      return layer
    })
  }

  private lift({ id, ...layer }: Layer<T>, all = this.layers.get(id) ?? []): void {
    const rest = all.filter((other) => other.transform !== layer.transform)
    if (rest.length > 0) this.layers.set(id, rest)
    else this.layers.delete(id)
  }

  /** The server refused: reverts the change. */
  private close(open: readonly Layer<T>[]): void {
    for (const layer of open) {
      this.lift(layer)
      this.refresh(layer.id, 'local')
    }
  }

  /** The server accepted the change. */
  private commit(thing: string, open: readonly Layer<T>[], outcome: Outcome<T>): void {
    for (const layer of open) this.lift(layer)
    if (outcome) {
      const id = this.options.idOf(outcome)
      // It was removed meanwhile, and the response may be older than the removal.
      const isTaken = this.put(outcome, this.gone.has(id) ? 'load' : 'local')
      if (!isTaken) this.refresh(id, 'local')
      for (const layer of open) if (layer.id !== id) this.refresh(layer.id, 'local')
      return
    }
    if (outcome === null && open.length === 0) this.drop(thing, 'local')
    for (const { id, transform } of open) {
      const after = outcome === null ? undefined : transform(this.base.get(id))
      if (after) this.put(after, 'local')
      else if (outcome === null || this.base.has(id)) this.drop(id, 'local')
    }
  }

  private completeKnown(item: T): void {
    const id = this.options.idOf(item)
    const known = this.base.get(id)
    if (!known || !this.options.complete) return
    this.base.set(id, this.options.complete(known, item))
    this.refresh(id, 'load')
  }

  private remember(id: string, version: number): void {
    this.gone.delete(id)
    this.gone.set(id, version)
    const oldest = this.gone.keys().next()
    if (this.gone.size > MAX_GONE && !oldest.done) this.gone.delete(oldest.value)
  }

  private refresh(id: string, source: Source): void {
    const before = this.view.get(id)
    const after = (this.layers.get(id) ?? []).reduce<T | undefined>(
      (value, { transform }) => transform(value),
      this.base.get(id),
    )
    if (after === before) return
    if (after === undefined) this.view.delete(id)
    else this.view.set(id, after)
    this.options.onChange?.(id, before, after, source)
  }
}
