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

export function place(
  ids: readonly Uuid[],
  placement: Placement,
  get: (id: Uuid) => Task | undefined,
): Uuid[] {
  const { id, task, belongs, compare, complete } = placement
  const without = ids.filter((other) => other !== id)
  const wasIn = without.length < ids.length
  if (!task || !belongs) return without
  // Without an order of our own, what is in stays where the server put it.
  if (!compare) return wasIn ? [...ids] : without
  const index = without.findIndex((other) => {
    const neighbour = get(other)
    return neighbour !== undefined && compare(task, neighbour) < 0
  })
  if (index >= 0) return without.toSpliced(index, 0, id)
  return complete || wasIn ? [...without, id] : without
}
