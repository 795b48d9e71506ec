// What the lists of this page are narrowed by: the address is the state.
import { computed, onScopeDispose } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import {
  countFilters,
  noFilters,
  readFilters,
  toTaskQuery,
  writeFilters,
  type Filters,
} from '../model/filterQuery'

export function useFilters() {
  const route = useRoute()
  const router = useRouter()
  const filters = computed(() => readFilters(route.query))
  const count = computed(() => countFilters(filters.value))
  const query = computed(() => toTaskQuery(filters.value))

  // What waited for a pause in the typing must not reach the next page, nor call off the way to it.
  const { path } = route
  let isLeaving = false
  const stopListening = router.beforeEach((to) => {
    isLeaving = to.path !== path
  })
  const stopWatchingFailures = router.afterEach((_to, _from, failure) => {
    if (failure) isLeaving = false
  })
  onScopeDispose(() => {
    isLeaving = true
    stopListening()
    stopWatchingFailures()
  })

  /** Without a trace in the history: Back leaves the page, and does not undo one filter after the other. */
  async function set(patch: Partial<Filters>): Promise<void> {
    if (isLeaving) return
    const next = writeFilters({ ...filters.value, ...patch }, route.query)
    await router.replace({ query: next, hash: route.hash })
  }

  /** The order is not cleared: it narrows nothing. */
  function clear(keep: Partial<Filters> = {}): Promise<void> {
    return set({ ...noFilters(), sort: filters.value.sort, ...keep })
  }

  return { filters, count, query, set, clear }
}
