// Search as you type: the address follows the field after a pause, and the last finds stay until the next are there.
import { useDebounceFn } from '@vueuse/core'
import { computed, ref, shallowRef, watch } from 'vue'
import type { Task, TaskQuery } from '@/api/types'
import { countFilters, OPEN, useFilters, useTaskList } from '@/features/tasks'

const PAUSE_MS = 200

export function useSearch() {
  const { filters, query, set, clear } = useFilters()
  /** The text has a field of its own. */
  const count = computed(() => countFilters({ ...filters.value, q: '' }))
  const text = ref(filters.value.q)

  /** Without a text: everything that is still to be done. */
  const wanted = computed<TaskQuery>(() => {
    const { due, due_after: after, due_before: before } = query.value
    // When filtering by due date, the earliest comes first.
    const hasDue = due !== undefined && due !== 'none'
    const byDate = !query.value.q && (hasDue || after !== undefined || before !== undefined)
    const sorted: TaskQuery = byDate ? { sort: 'due', ...query.value } : query.value
    return sorted.q || sorted.status ? sorted : { ...sorted, status: [...OPEN] }
  })
  const list = useTaskList(wanted)
  const shown = shallowRef<Task[]>([])

  const follow = useDebounceFn(() => {
    if (text.value.trim() !== filters.value.q.trim()) void set({ q: text.value.trim() })
  }, PAUSE_MS)

  watch(text, follow)
  watch(
    () => filters.value.q,
    (q) => {
      if (q.trim() !== text.value.trim()) text.value = q
    },
  )
  watch(
    [list.items, list.loaded, list.error],
    ([items, loaded, error]) => {
      if (loaded || error) shown.value = items
    },
    { immediate: true },
  )

  return { ...list, shown, text, filters, count, clear }
}
