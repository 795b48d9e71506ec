// The filters of the notification page. The server filters "unread"; kind and project are filtered here, loading more pages until enough
// match.
import { computed, ref, watch } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import type { Uuid } from '@/api/types'
import { isNotificationKind, type NotificationKind } from '../model/notificationKinds'
import { useNotificationStore } from '../store/notifications'

const ENOUGH = 15
/** A long history is searched completely only on request. */
const PAGES_AT_ONCE = 8

export function useNotificationFilter() {
  const route = useRoute()
  const router = useRouter()
  const notifications = useNotificationStore()
  const pages = ref(0)

  const kind = computed<NotificationKind | null>(() =>
    isNotificationKind(route.query.kind) ? route.query.kind : null,
  )
  const projectId = computed<Uuid | null>(() =>
    typeof route.query.project === 'string' && route.query.project ? route.query.project : null,
  )
  const isNarrowed = computed(() => kind.value !== null || projectId.value !== null)

  const shown = computed(() =>
    notifications.items.filter(
      (item) =>
        (!notifications.onlyUnread || item.read_at === null) &&
        (kind.value === null || item.kind === kind.value) &&
        (projectId.value === null || item.project?.id === projectId.value),
    ),
  )
  const isSearching = computed(
    () =>
      isNarrowed.value &&
      notifications.loaded &&
      notifications.hasMore &&
      !notifications.error &&
      shown.value.length < ENOUGH &&
      pages.value < PAGES_AT_ONCE,
  )

  async function set(patch: { kind?: NotificationKind | null; project?: Uuid | null }): Promise<void> {
    const wanted = { kind: kind.value, project: projectId.value, ...patch }
    await router.replace({
      query: {
        ...route.query,
        kind: wanted.kind ?? undefined,
        project: wanted.project ?? undefined,
      },
    })
  }

  watch([kind, projectId, () => notifications.onlyUnread], () => (pages.value = 0))
  watch(
    () => isSearching.value && !notifications.loading,
    (wanted) => {
      if (!wanted) return
      pages.value += 1
      void notifications.load({ more: true })
    },
    { immediate: true, flush: 'post' },
  )

  function loadMore(): void {
    pages.value = 0
    // Searching on its own begins only for a narrowed list.
    if (!isSearching.value) void notifications.load({ more: true })
  }

  return { kind, projectId, isNarrowed, isSearching, shown, set, loadMore }
}
