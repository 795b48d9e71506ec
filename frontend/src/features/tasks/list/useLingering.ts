// A row that was just ticked stays a moment where it was, so that one sees what happened and can take it back with the same box.
import { onScopeDispose, shallowReactive, shallowRef, watch, type ShallowRef } from 'vue'
import type { Task, Uuid } from '@/api/types'
import { isClosed } from '../model/taskFilter'
import { useTaskStore } from '../store/tasks'

/** As long as the tick, the strike and a glance take. */
const LINGER_MS = 1_200

export interface Lingering {
  /** The rows to show. */
  rows: Readonly<ShallowRef<Task[]>>
  /** Those among them that will go. */
  leaving: ReadonlySet<Uuid>
}

/** Inserts lingering rows after their former predecessors. */
export function withLingering(
  before: readonly Task[],
  now: readonly Task[],
  staying: ReadonlyMap<Uuid, Task>,
): Task[] {
  const shown = [...now]
  const ids = new Set(now.map(({ id }) => id))
  for (const [index, { id }] of before.entries()) {
    const task = staying.get(id)
    if (!task || ids.has(id)) continue
    const previous = before.slice(0, index).findLast((other) => ids.has(other.id))
    shown.splice(previous ? shown.findIndex((other) => other.id === previous.id) + 1 : 0, 0, task)
    ids.add(id)
  }
  return shown
}

/** `lost` is called when a row that had the focus has gone. */
export function useLingering(tasks: () => Task[], lost: () => void): Lingering {
  const store = useTaskStore()
  const rows = shallowRef(tasks())
  const leaving = shallowReactive(new Set<Uuid>())
  /** Ticked in this list, and for how long that counts. */
  const timers = new Map<Uuid, ReturnType<typeof setTimeout>>()
  /** The store keeps them although no list has them any more. */
  const holds = new Map<Uuid, () => void>()

  function refresh(): void {
    const now = tasks()
    const staying = new Map<Uuid, Task>()
    for (const id of [...leaving]) {
      const task = store.get(id)
      if (task && isClosed(task)) staying.set(id, task)
      // Refused, taken back, or gone altogether: then there is nothing to wait for.
      else forget(id)
    }
    rows.value = staying.size > 0 ? withLingering(rows.value, now, staying) : now
  }

  function forget(id: Uuid): boolean {
    clearTimeout(timers.get(id))
    timers.delete(id)
    holds.get(id)?.()
    holds.delete(id)
    return leaving.delete(id)
  }

  function end(id: Uuid): void {
    const hadFocus = document.activeElement?.closest<HTMLElement>('[data-row-id]')?.dataset.rowId === id
    if (!forget(id)) return
    refresh()
    if (hadFocus) lost()
  }

  const stop = store.$onAction(({ name, args }) => {
    if (name !== 'update') return
    const [id, patch] = args as [Uuid, { status?: string }]
    if (patch.status === undefined || !rows.value.some((row) => row.id === id)) return
    forget(id)
    if (patch.status !== 'done' && patch.status !== 'cancelled') return
    leaving.add(id)
    holds.set(id, store.hold(id))
    timers.set(
      id,
      setTimeout(() => end(id), LINGER_MS),
    )
  })
  watch(() => [tasks(), [...leaving].map((id) => store.get(id))] as const, refresh)
  onScopeDispose(() => {
    stop()
    for (const id of [...timers.keys()]) forget(id)
  })

  return { rows, leaving }
}
