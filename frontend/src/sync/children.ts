// Lists per parent: the members of each project, the reminders of the open task. Only parents that were looked at have a list;
// events for other parents are dropped.
import { shallowReactive, type ComputedRef } from 'vue'

interface List<T> {
  items: ComputedRef<T[]>
  clear: () => void
}

export function createChildren<T, L extends List<T>>(listOf: (parentId: string) => L & List<T>) {
  const lists = shallowReactive(new Map<string, L>())

  /** The list of that parent, created if there is none yet. */
  function open(parentId: string): L {
    const known = lists.get(parentId)
    if (known) return known
    const list = listOf(parentId)
    lists.set(parentId, list)
    return list
  }

  function peek(parentId: string): L | undefined {
    return lists.get(parentId)
  }

  function of(parentId: string): T[] {
    return lists.get(parentId)?.items.value ?? []
  }

  function forget(parentId: string): void {
    lists.get(parentId)?.clear()
    lists.delete(parentId)
  }

  function reset(): void {
    for (const parentId of [...lists.keys()]) forget(parentId)
  }

  return { open, peek, of, forget, reset }
}
