// The figures of the first page: loaded when it opens and again soon after anything about tasks changed, here or elsewhere.
import { useDebounceFn, useDocumentVisibility, useNow } from '@vueuse/core'
import { computed, onScopeDispose, ref, shallowRef, toValue, watch, type MaybeRefOrGetter } from 'vue'
import { type ApiError, toApiError } from '@/api/errors'
import type { DashboardFigures } from '@/api/types'
import { useProjectStore } from '@/features/projects'
import { useAuthStore } from '@/features/session'
import { useTaskStore } from '@/features/tasks'
import { dayOf } from '@/lib/dates'
import { usableTimeZone } from '@/lib/timeZones'
import { getDashboard } from './api'

const DAYS = 14
/** A burst of changes asks once, and at the latest after the second. */
const SETTLE_MS = 300
const SETTLE_MAX_MS = 1_500

const TASK_CHANGES: ReadonlySet<string> = new Set([
  'create',
  'update',
  'move',
  'remove',
  'restore',
  'receive',
  'receiveGone',
  'receivePurged',
  'dropProject',
  'reload',
])
const PROJECT_CHANGES: ReadonlySet<string> = new Set(['receive', 'receiveShared', 'update'])

export function useDashboard(mine: MaybeRefOrGetter<boolean>) {
  const auth = useAuthStore()
  const figures = shallowRef<DashboardFigures | null>(null)
  const error = shallowRef<ApiError | null>(null)
  const minute = useNow({ interval: 60_000 })
  const visibility = useDocumentVisibility()
  const timeZone = computed(() => usableTimeZone(auth.user?.time_zone))
  const today = computed(() => dayOf(minute.value.getTime(), timeZone.value))
  const request = ref(0)

  async function load(): Promise<void> {
    const own = (request.value += 1)
    try {
      const answer = await getDashboard(DAYS, toValue(mine))
      if (own !== request.value) return
      figures.value = answer
      error.value = null
    } catch (problem) {
      if (own === request.value) error.value = toApiError(problem)
    }
  }

  const loadSoon = useDebounceFn(load, SETTLE_MS, { maxWait: SETTLE_MAX_MS })

  const stops = [
    useTaskStore().$onAction(({ name, after }) => {
      // Back on the network: figures that came before are as good as the lists that did.
      const isRetry = name === 'retryFailed' && error.value !== null
      if (TASK_CHANGES.has(name) || isRetry) after(() => void loadSoon())
    }),
    useProjectStore().$onAction(({ name, after }) => {
      if (PROJECT_CHANGES.has(name)) after(() => void loadSoon())
    }),
  ]
  // Time passes too: tasks become overdue, days begin, and a hidden page is not worth the asking.
  watch([minute, visibility, timeZone], () => {
    if (visibility.value === 'visible') void loadSoon()
  })
  watch(
    () => toValue(mine),
    () => void load(),
  )
  onScopeDispose(() => {
    for (const stop of stops) stop()
    request.value += 1
  })

  void load()
  return { figures, error, today, timeZone, now: minute, reload: load }
}
