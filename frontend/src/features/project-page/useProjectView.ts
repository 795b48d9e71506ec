// How a project is looked at: as the address says, or else as this project was last seen.
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import type { Uuid } from '@/api/types'
import { useAuthStore } from '@/features/session'
import { shelfOf } from '@/lib/storage'
import { VIEWS, type ProjectView } from './views'

const KEY = 'views'

function asView(value: unknown): ProjectView | undefined {
  return VIEWS.find(({ key }) => key === value)?.key
}

export function useProjectView(projectId: MaybeRefOrGetter<Uuid | undefined>) {
  const route = useRoute()
  const router = useRouter()
  const shelf = shelfOf(useAuthStore().user?.id)

  function readViews(): Record<Uuid, unknown> {
    const stored = shelf.read(KEY)
    return typeof stored === 'object' && stored !== null ? { ...stored } : {}
  }

  const view = computed<ProjectView>(
    () => asView(route.query.view) ?? asView(readViews()[toValue(projectId) ?? '']) ?? VIEWS[0].key,
  )

  async function show(next: ProjectView): Promise<void> {
    const id = toValue(projectId)
    if (id !== undefined) shelf.write(KEY, { ...readViews(), [id]: next })
    await router.replace({ query: { ...route.query, view: next }, hash: route.hash })
  }

  return { view, show }
}
