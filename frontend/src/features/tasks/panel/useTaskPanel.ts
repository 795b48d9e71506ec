// The open task is part of the address: `?task=<id>` on any page. So it can be linked, and Back closes it.
import { computed } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import type { Uuid } from '@/api/types'

export function useTaskPanel() {
  const route = useRoute()
  const router = useRouter()

  const openId = computed<Uuid | null>(() => {
    const { task } = route.query
    return typeof task === 'string' && task !== '' ? task : null
  })

  function hrefOf(id: Uuid): string {
    return router.resolve({ path: route.path, query: { task: id } }).href
  }

  /** From one task to another is one step: Back closes the panel, and does not walk through all that was seen. */
  async function open(id: Uuid): Promise<void> {
    const to = { query: { ...route.query, task: id }, hash: route.hash }
    await (openId.value === null ? router.push(to) : router.replace(to))
  }

  async function close(): Promise<void> {
    if (openId.value === null) return
    const query = { ...route.query }
    delete query.task
    const closed = router.resolve({ query, hash: route.hash }).fullPath
    // When the page before is this one without the task, going back leaves no trace of the panel.
    if (router.options.history.state.back === closed) router.back()
    else await router.replace(closed)
  }

  return { openId, hrefOf, open, close }
}
