// The open-task counts of projects, part of the project store. The server counts; here the count only follows changes that this tab knows
// for sure, and is reloaded otherwise.
import type { Uuid } from '@/api/types'

/** Simultaneous changes cause one reload. */
const SETTLE_MS = 300
/** At most one question in this time, and each tab at another moment: one busy project has many tabs. */
const GAP_MS = 2_000
const SPREAD_MS = 1_000
/** After a failure. */
const PATIENCE_MS = 30_000

interface World {
  /** Asks the server for the numbers of these projects. */
  ask: (projectIds: Uuid[]) => Promise<void>
  random?: () => number
}

export function createOpenCounts({ ask, random = Math.random }: World) {
  const doubtful = new Set<Uuid>()
  const underWay = new Map<Uuid, number>()
  /** When something last moved a number, by a clock that only counts. */
  const movedAt = new Map<Uuid, number>()
  let clock = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  let next = 0

  function schedule(delay: number): void {
    timer ??= setTimeout(() => {
      timer = undefined
      void run()
    }, delay)
  }

  /** The number is not known for sure any more. */
  function doubt(projectId: Uuid): void {
    if (projectId === '') return
    doubtful.add(projectId)
    schedule(Math.max(SETTLE_MS, next - Date.now()))
  }

  async function run(): Promise<void> {
    const ids = [...doubtful]
    if (ids.length === 0) return
    doubtful.clear()
    next = Date.now() + GAP_MS + random() * SPREAD_MS
    try {
      await ask(ids)
    } catch {
      for (const id of ids) doubtful.add(id)
      schedule(PATIENCE_MS)
    }
  }

  /** Something moved the number here. */
  function moved(projectId: Uuid): void {
    movedAt.set(projectId, (clock += 1))
  }

  /** A change that the server has not answered: its answer may have counted it, or not. Returns how to end it. */
  function begin(projectIds: Iterable<Uuid>): () => void {
    const ids = [...projectIds]
    for (const id of ids) underWay.set(id, (underWay.get(id) ?? 0) + 1)
    return () => {
      for (const id of ids) {
        const rest = (underWay.get(id) ?? 1) - 1
        if (rest > 0) underWay.set(id, rest)
        else underWay.delete(id)
        moved(id)
      }
    }
  }

  /**
   * The server's number, from an answer that was asked for at `since` (see `now`): the one to show. While something moves
   * the number, what is shown stays, and the server is asked again.
   */
  function settle(projectId: Uuid, answered: number, shown: number | undefined, since: number): number {
    const busy = underWay.has(projectId)
    if (busy || (movedAt.get(projectId) ?? 0) > since) doubt(projectId)
    return busy && shown !== undefined ? shown : answered
  }

  function reset(): void {
    clearTimeout(timer)
    timer = undefined
    doubtful.clear()
    underWay.clear()
    movedAt.clear()
  }

  return { doubt, moved, begin, settle, now: () => clock, reset }
}
