// What every store of the page stands on: things by id as the server has said them, with what people here did laid over them until it answers.
//
// A thing is one of these:
//   unknown    nothing was said of it, or it was evicted
//   confirmed  the server has said it
//   changing   confirmed or not, with changes over it that the server has not answered
//   gone       it went, and the version at which it went is remembered
//
// What always holds:
//   1. What is shown is what was confirmed, with each open change applied to it, in the order in which they were made.
//   2. A confirmed version never goes back, and an answer that is older than a removal brings nothing back.
//   3. What came, changed or went since a load began is newer than its answer. Of two loads of one scope the later counts.
//   4. The changes of one thing are sent one after the other, in their order. Those of different things wait for nobody.
//   5. A refused change leaves no trace. Those that were made after it stay.
//   6. Nothing that was begun before `clear` changes anything after it, and what still waits is not sent for somebody who has left.
//   7. What is being changed is never evicted.
//   8. A kept change is in the outbox from before it is sent until it is answered or discarded.
import { sessionSignal } from '@/api/session'
import { Turns } from '@/api/turns'
import { Loads, type Load } from '@/lib/loads'
import { createPending } from '@/lib/usePending'
import type { Outbox, QueuedChange } from './outbox'

/** Where a change of the shown value came from. */
export type Source = 'load' | 'event' | 'local'

/** What a thing looks like after a change; `undefined`: it is not there. */
export type Transform<T> = (value: T | undefined) => T | undefined

export type ChangeListener<T> = (
  id: string,
  before: T | undefined,
  after: T | undefined,
  source: Source,
) => void

/** The thing as it is by now; `null`: it has gone; nothing: it is as was shown. */
type Outcome<T> = T | null | undefined

/** One kind of change. Its input is what JSON can hold, so that it can wait in the outbox. */
export type Command<T> = {
  /** What is shown until the server answers. Without it the answer is waited for. */
  show?: (id: string, input: never) => Transform<T>
  /** What changes in the same way along with the thing, by id. */
  alongside?: (id: string, input: never) => readonly string[]
} & (
  | { send: (id: string, input: never) => Promise<Outcome<T>> | Promise<void>; settle?: undefined }
  | {
      send: (id: string, input: never) => Promise<unknown>
      /** What the answer says of the thing. */
      settle: (answer: never) => Outcome<T>
    }
)

export type Commands<T> = Record<string, Command<T>>
/** What a function takes beside the id; `unknown` when nothing. */
type InputTo<F> = F extends (id: string, input: infer I) => unknown ? I : unknown
/** What is sent, or else what is shown. */
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
  /** Absent: such things have no version, and the last word counts. */
  versionOf?: (thing: T) => number
  /** Completes what arrived with what only the known one has. */
  complete?: (arrived: T, known: T) => T
  onChange?: ChangeListener<T>
  commands?: C
  /** Where kept changes of the person who is here wait. */
  outbox?: () => Outbox
}

interface Layer<T> {
  id: string
  transform: Transform<T>
}

/** So many removals are remembered: an answer that is older than one is seconds late, not hours. */
const MAX_GONE = 1_000

let lastSerial = 0

/** Greater than all before, also than those of the page before; no other tab has the same outbox. */
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

  /** `view` is what is shown; pass a reactive map to have it drawn. */
  constructor(
    readonly view: Map<string, T>,
    private readonly options: StoreOptions<T, C>,
  ) {}

  /** The server's state, without open changes. */
  confirmed(id: string): T | undefined {
    return this.base.get(id)
  }

  /** Whether something was done to it here that the server has not answered yet. */
  isChanging(id: string): boolean {
    return this.layers.has(id)
  }

  changingIds(): Iterable<string> {
    return this.layers.keys()
  }

  /** Whether a change of that kind is under way or waits for its turn. */
  isPending(kind: keyof C & string, id: string): boolean {
    return this.pending.isPending(kind, id)
  }

  hasGone(id: string): boolean {
    return this.gone.has(id)
  }

  // Loads

  /** Whether an answer is under way. */
  get isLoading(): boolean {
    return this.loads.isOpen
  }

  /** Begins to load a list of things; `take` takes its answer. A load of the same scope that is under way is over. */
  beginLoad(scope?: string): Load<T> {
    return this.loads.begin(scope)
  }

  /**
   * Takes a list: what it covers and does not name has gone, unless it came or changed while the list was under way.
   * False when the answer counts no more.
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
      // Without versions what arrived meanwhile is newer; it may lack what only the answer has.
      if (touched && !versionOf) this.completeKnown(item)
      else this.put(item)
    }
    return true
  }

  /** Ends a load that failed; false when nobody waits for it any more. */
  endLoad(load: Load<T>): boolean {
    return this.loads.end(load)
  }

  /** Something happened that cannot be told by ids: only another load tells the truth (`Load.outdated`). */
  outdate(): void {
    this.loads.outdate()
  }

  /** Asks for a list and takes it. False when the answer counts no more; fails when it does and asking has failed. */
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

  // What the server says

  /** Takes the server's state, unless we know a newer one. */
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
    // The same again draws nothing anew.
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

  /** Lets go of a thing that nobody looks at: it has not gone, it is only not kept. */
  evict(id: string): void {
    if (this.layers.has(id)) return
    this.base.delete(id)
    this.view.delete(id)
  }

  /** At sign-out, or when something else is shown: what is under way belongs to what was before. */
  clear(): void {
    this.generation += 1
    this.loads.cancel()
    this.base.clear()
    this.layers.clear()
    this.gone.clear()
    this.view.clear()
  }

  // What people here do

  /**
   * Shows the change at once, sends it in its turn, and takes the answer; a refusal takes it back and is passed on. With `keep` it stays in
   * the outbox when it fails, until it is sent again (`resend`) or discarded.
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

  /** Kept changes that nobody is sending, in their order: those of the page before, and those that had no answer. */
  unsent(): QueuedChange[] {
    return (this.options.outbox?.().waiting() ?? []).filter(({ key }) => !this.underWay.has(key))
  }

  /** Sends a kept change once more. */
  resend(change: QueuedChange): Promise<unknown> {
    return this.run(change, this.options.outbox?.())
  }

  discard(change: QueuedChange): void {
    this.options.outbox?.().discard(change.key)
  }

  private run(change: QueuedChange, outbox: Outbox | undefined): Promise<unknown> {
    const command = this.options.commands?.[change.kind]
    // What a page of another version has kept.
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

  /** The server refused: as if it had never been. */
  private close(open: readonly Layer<T>[]): void {
    for (const layer of open) {
      this.lift(layer)
      this.refresh(layer.id, 'local')
    }
  }

  /** The server agreed. */
  private commit(thing: string, open: readonly Layer<T>[], outcome: Outcome<T>): void {
    for (const layer of open) this.lift(layer)
    if (outcome) {
      const id = this.options.idOf(outcome)
      // It went while the answer was under way: the answer may be from before.
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
