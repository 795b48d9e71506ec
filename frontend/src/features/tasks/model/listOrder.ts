// Puts one task into its place in a list of ids that is sorted already.
import type { Task, Uuid } from '@/api/types'
import type { Comparator } from './taskSort'

export interface Placement {
  task: Task | undefined
  id: Uuid
  /** Whether the task belongs to the list. */
  belongs: boolean
  compare: Comparator | null
  /** Whether all pages are here: else a task that comes after the last one belongs to a page that is not. */
  complete: boolean
}

/** The list with the task in its position; the same array if nothing moves, so that nothing is rendered again. */
export function place(
  ids: readonly Uuid[],
  placement: Placement,
  get: (id: Uuid) => Task | undefined,
): readonly Uuid[] {
  const { id, task, belongs, compare, complete } = placement
  const at = ids.indexOf(id)
  if (!task || !belongs) return at < 0 ? ids : ids.toSpliced(at, 1)
  // Without a local order, items stay where the server put them.
  if (!compare || (at >= 0 && standsRight(ids, at, task, compare, get))) return ids
  const without = at < 0 ? ids : ids.toSpliced(at, 1)
  const index = without.findIndex((other) => {
    const neighbour = get(other)
    return neighbour !== undefined && compare(task, neighbour) < 0
  })
  if (index >= 0) return without.toSpliced(index, 0, id)
  return complete || at >= 0 ? [...without, id] : without
}

/** Whether both neighbours agree: then the order of the others need not be looked at. */
function standsRight(
  ids: readonly Uuid[],
  at: number,
  task: Task,
  compare: Comparator,
  get: (id: Uuid) => Task | undefined,
): boolean {
  const before = at > 0 ? get(ids[at - 1] ?? '') : undefined
  const after = at < ids.length - 1 ? get(ids[at + 1] ?? '') : undefined
  return (!before || compare(before, task) <= 0) && (!after || compare(task, after) <= 0)
}
