// A list of tasks for a component: loaded when the query changes, kept live while it is shown.
import { computed, onScopeDispose, toValue, watch, type MaybeRefOrGetter } from 'vue'
import type { TaskQuery } from '@/api/types'
import { keyOf, type TaskList } from '../store/taskLists'
import { useTaskStore } from '../store/tasks'

/** `null` shows nothing and loads nothing. */
export function useTaskList(query: MaybeRefOrGetter<TaskQuery | null>) {
  const tasks = useTaskStore()
  const list = computed<TaskList | null>(() => {
    const wanted = toValue(query)
    return wanted && tasks.listOf(wanted)
  })
  const items = computed(() => (list.value ? tasks.itemsOf(list.value.query) : []))
  let shown: TaskList | null = null

  function show(next: TaskList | null): void {
    // First the new one: leaving may forget lists that nobody shows.
    if (next) tasks.showList(next)
    if (shown) tasks.leaveList(shown)
    shown = next
  }

  async function reload(): Promise<void> {
    if (list.value) await tasks.load(list.value.query)
  }

  async function loadMore(): Promise<void> {
    if (list.value) await tasks.load(list.value.query, { more: true })
  }

  watch(
    () => list.value && keyOf(list.value.query),
    () => {
      show(list.value)
      void reload()
    },
    { immediate: true },
  )
  onScopeDispose(() => show(null))

  return {
    items,
    highlights: computed(() => list.value?.highlights),
    loaded: computed(() => list.value?.loaded ?? false),
    loading: computed(() => list.value?.loading ?? false),
    error: computed(() => list.value?.error ?? null),
    hasMore: computed(() => list.value?.nextCursor != null),
    reload,
    loadMore,
  }
}
