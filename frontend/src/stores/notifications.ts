// What the person should know: newest first.
import { acceptHMRUpdate, defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { toApiError } from '@/api/client'
import type { ApiError } from '@/api/errors'
import * as api from '@/api/notifications'
import type { Notification, Uuid } from '@/api/types'
import { Loads, mergeLoaded } from '@/lib/loads'

export const useNotificationStore = defineStore('notifications', () => {
  const items = shallowRef<Notification[]>([])
  const unread = ref(0)
  const loaded = ref(false)
  const loading = ref(false)
  const error = shallowRef<ApiError | null>(null)
  /** Whether only what is unread is listed. */
  const onlyUnread = ref(false)
  const nextCursor = ref<string | null>(null)
  /** Whether the bell's list lies over the page. */
  const panelOpen = ref(false)
  const arrivalListeners = new Set<(notification: Notification) => void>()
  const loads = new Loads<Notification>()
  const counts = new Loads()
  const hasMore = computed(() => nextCursor.value !== null)

  async function loadUnread(): Promise<void> {
    const count = counts.begin()
    try {
      const answer = await api.countUnread()
      if (!counts.end(count)) return
      unread.value = answer
      // Whether the number has what happened meanwhile, it does not say.
      if (count.outdated) await loadUnread()
    } finally {
      counts.end(count)
    }
  }

  async function load(options: { more?: boolean } = {}): Promise<void> {
    const cursor = options.more ? (nextCursor.value ?? undefined) : undefined
    if (options.more && (loading.value || cursor === undefined)) return
    const own = loads.begin()
    loading.value = true
    try {
      const page = await api.listNotifications({ unread: onlyUnread.value || undefined, cursor })
      // Asked for again meanwhile (another filter, say): that answer is the better one.
      if (!loads.isCurrent(own)) return
      items.value =
        cursor === undefined ? mergeLoaded(page.items, own, idOf, { newAt: 'start' }) : further(page.items)
      nextCursor.value = page.next_cursor
      loaded.value = true
      error.value = null
    } catch (problem) {
      if (loads.isCurrent(own)) error.value = toApiError(problem)
    } finally {
      if (loads.end(own)) loading.value = false
    }
    if (own.outdated) await load()
  }

  /** A further page; what is listed already is the newer. */
  function further(page: Notification[]): Notification[] {
    const known = new Set(items.value.map(idOf))
    return [...items.value, ...page.filter(({ id }) => !known.has(id))]
  }

  function idOf({ id }: Notification): Uuid {
    return id
  }

  async function showOnlyUnread(wanted: boolean): Promise<void> {
    onlyUnread.value = wanted
    await load()
  }

  /** Marks what is shown as read, all or one; says how many of it were new. */
  function mark(only: Uuid | undefined, readAt: string | null): number {
    let changed = 0
    counts.outdate()
    if (only === undefined) loads.outdate()
    items.value = items.value.map((item) => {
      const applies =
        (only === undefined || item.id === only) && (item.read_at === null) !== (readAt === null)
      if (!applies) return item
      changed += 1
      const marked = { ...item, read_at: readAt }
      loads.touch(item.id, marked)
      return marked
    })
    return changed
  }

  async function markRead(id: Uuid): Promise<void> {
    const changed = mark(id, new Date().toISOString())
    unread.value = Math.max(0, unread.value - changed)
    try {
      await api.markNotificationRead(id)
    } catch (problem) {
      if (changed > 0) {
        mark(id, null)
        unread.value += changed
      }
      throw problem
    }
  }

  async function markAllRead(): Promise<void> {
    const before = { items: items.value, unread: unread.value }
    mark(undefined, new Date().toISOString())
    unread.value = 0
    try {
      await api.markAllNotificationsRead()
    } catch (problem) {
      // What came in meanwhile stays.
      const old = new Map(before.items.map((item) => [item.id, item]))
      items.value = items.value.map((item) => old.get(item.id) ?? item)
      unread.value += before.unread
      throw problem
    }
  }

  function receive(notification: Notification): void {
    if (items.value.some(({ id }) => id === notification.id)) return
    loads.touch(notification.id, notification)
    counts.outdate()
    items.value = [notification, ...items.value]
    if (notification.read_at !== null) return
    unread.value += 1
    for (const listener of arrivalListeners) listener(notification)
  }

  /** Told of each new one as it arrives. Returns the way to stop. */
  function onArrival(listener: (notification: Notification) => void): () => void {
    arrivalListeners.add(listener)
    return () => arrivalListeners.delete(listener)
  }

  function receiveRead(what: { id: Uuid } | { all: true }): void {
    const now = new Date().toISOString()
    if ('all' in what) {
      mark(undefined, now)
      unread.value = 0
      return
    }
    // Our own mark comes back as an event: it must not count twice. One that we never loaded does count.
    const known = items.value.some(({ id }) => id === what.id)
    if (!known) loads.outdate()
    counts.outdate()
    const changed = known ? mark(what.id, now) : 1
    unread.value = Math.max(0, unread.value - changed)
  }

  async function reload(): Promise<void> {
    await Promise.all([loadUnread(), loaded.value ? load() : undefined])
  }

  function reset(): void {
    items.value = []
    unread.value = 0
    loaded.value = false
    onlyUnread.value = false
    panelOpen.value = false
    nextCursor.value = null
    error.value = null
    // What is still under way was another person's.
    loads.cancel()
    counts.cancel()
    loading.value = false
  }

  return {
    items,
    unread,
    onlyUnread,
    loaded,
    loading,
    error,
    hasMore,
    panelOpen,
    loadUnread,
    load,
    showOnlyUnread,
    reload,
    markRead,
    markAllRead,
    receive,
    receiveRead,
    onArrival,
    reset,
  }
})

if (import.meta.hot) import.meta.hot.accept(acceptHMRUpdate(useNotificationStore, import.meta.hot))
