// List or board: as the address says, or else as this project was last seen.
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import type { Uuid } from '@/api/types'
import { useAuthStore } from '@/features/session'
import { shelfOf } from '@/lib/storage'

export const VIEWS = ['list', 'board'] as const
export type ProjectView = (typeof VIEWS)[number]

const KEY = 'views'

function asView(value: unknown): ProjectView | undefined {
  return VIEWS.find((view) => view === value)
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
    () => asView(route.query.view) ?? asView(readViews()[toValue(projectId) ?? '']) ?? 'list',
  )

  async function show(next: ProjectView): Promise<void> {
    const id = toValue(projectId)
    if (id !== undefined) shelf.write(KEY, { ...readViews(), [id]: next })
    await router.replace({ query: { ...route.query, view: next }, hash: route.hash })
  }

  return { view, show }
}
