// The webhooks of a project, for its owner.
import { ref, shallowRef } from 'vue'
import { type ApiError, toApiError } from '@/api/errors'
import type { Uuid, Webhook } from '@/api/types'
import { listWebhooks } from './api'

export function useWebhooks(projectId: Uuid) {
  const items = shallowRef<Webhook[]>([])
  const loaded = ref(false)
  const error = shallowRef<ApiError | null>(null)

  async function load(): Promise<void> {
    error.value = null
    try {
      items.value = await listWebhooks(projectId)
      loaded.value = true
    } catch (problem) {
      error.value = toApiError(problem)
    }
  }

  function put(webhook: Webhook): void {
    const index = items.value.findIndex(({ id }) => id === webhook.id)
    items.value = index < 0 ? [...items.value, webhook] : items.value.with(index, webhook)
  }

  void load()
  return { items, loaded, error, load, put }
}
