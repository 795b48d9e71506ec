// What was sent to the person, in pages, newest first.
import { computed, ref, shallowRef } from 'vue'
import { toApiError } from '@/api/client'
import { listDeliveries } from '@/api/deliveries'
import type { ApiError } from '@/api/errors'
import type { OwnDelivery } from '@/api/types'

export function useDeliveries() {
  const items = shallowRef<OwnDelivery[]>([])
  const loading = ref(false)
  const loaded = ref(false)
  const error = shallowRef<ApiError | null>(null)
  const nextCursor = ref<string | null>(null)
  const hasMore = computed(() => nextCursor.value !== null)

  async function load(options: { more?: boolean } = {}): Promise<void> {
    if (loading.value) return
    const cursor = options.more ? (nextCursor.value ?? undefined) : undefined
    loading.value = true
    error.value = null
    try {
      const page = await listDeliveries(cursor)
      items.value = cursor === undefined ? page.items : [...items.value, ...page.items]
      nextCursor.value = page.next_cursor
      loaded.value = true
    } catch (problem) {
      error.value = toApiError(problem)
    } finally {
      loading.value = false
    }
  }

  void load()
  return { items, loading, loaded, error, hasMore, load }
}
