// A paginated list for one component: loads it immediately, reloads it, and loads further pages.
import { computed, ref, shallowRef } from 'vue'
import { Loads, mergeLoaded } from '@/lib/loads'
import { type ApiError, toApiError } from './errors'
import type { Page, Uuid } from './types'

export function usePages<T extends { id: Uuid }>(fetchPage: (cursor?: string) => Promise<Page<T>>) {
  const items = shallowRef<T[]>([])
  const loaded = ref(false)
  const loading = ref(false)
  const error = shallowRef<ApiError | null>(null)
  const nextCursor = ref<string | null>(null)
  /** Only the first page was loaded, so that a reload removes nothing that the reader has scrolled to. */
  const isFirstPage = ref(true)
  const hasMore = computed(() => nextCursor.value !== null)
  const loads = new Loads<T>()
  let asked: string | undefined

  async function ask(cursor?: string): Promise<void> {
    const own = loads.begin()
    asked = cursor
    loading.value = true
    try {
      const page = await fetchPage(cursor)
      // Superseded by a newer request (another filter, for example).
      if (!loads.isCurrent(own)) return
      const known = new Set(items.value.map(({ id }) => id))
      items.value =
        cursor === undefined
          ? mergeLoaded(page.items, own, ({ id }) => id, { newAt: 'start' })
          : [...items.value, ...page.items.filter(({ id }) => !known.has(id))]
      isFirstPage.value = cursor === undefined
      nextCursor.value = page.next_cursor
      loaded.value = true
      error.value = null
    } catch (problem) {
      if (loads.isCurrent(own)) error.value = toApiError(problem)
    } finally {
      if (loads.end(own)) loading.value = false
    }
  }

  function load(): Promise<void> {
    return ask()
  }

  async function loadMore(): Promise<void> {
    if (!loading.value && nextCursor.value !== null) await ask(nextCursor.value)
  }

  /** After a failure: the failed request. */
  function retry(): Promise<void> {
    return ask(asked)
  }

  /** Requests another list: the current items belong to the previous one. */
  function restart(): Promise<void> {
    items.value = []
    nextCursor.value = null
    loaded.value = false
    return ask()
  }

  /** Replaces an item with the server's version; an unlisted one comes first. */
  function put(item: T): void {
    loads.touch(item.id, item)
    const index = items.value.findIndex(({ id }) => id === item.id)
    items.value = index < 0 ? [item, ...items.value] : items.value.with(index, item)
  }

  void load()
  return { items, loaded, loading, error, hasMore, isFirstPage, load, loadMore, retry, restart, put }
}
