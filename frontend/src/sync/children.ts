// The lists of what belongs to something else: the members of each project, the reminders of the open task. Only what was looked at has a list;
// what arrives for others is not kept.
import { shallowReactive, type ComputedRef } from 'vue'

interface List<T> {
  items: ComputedRef<T[]>
  clear: () => void
}

export function createChildren<T, L extends List<T>>(listOf: (parentId: string) => L & List<T>) {
  const lists = shallowReactive(new Map<string, L>())

  /** The list of that parent, from now on kept. */
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
