// What the person should know: newest first.
import { acceptHMRUpdate, defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { type ApiError, toApiError } from '@/api/errors'
import type { Notification, UnreadCount, Uuid } from '@/api/types'
import { Loads, mergeLoaded } from '@/lib/loads'
import * as api from '../api/notifications'

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

  /** The events up to this revision of the person's own topic are in `unread`. */
  let countedUntil = 0
  /** Marked as read here and already counted: the corresponding events are still to come. */
  const markedHere = new Set<Uuid>()

  function takeCount({ unread: count, revision }: UnreadCount): void {
    unread.value = count
    countedUntil = revision
    markedHere.clear()
  }

  /** Whether the number does not have this event yet; from now on it has. */
  function isUncounted(revision: number): boolean {
    if (revision <= countedUntil) return false
    countedUntil = revision
    return true
  }

  async function loadUnread(): Promise<void> {
    const count = counts.begin()
    try {
      const answer = await api.countUnread()
      if (!counts.end(count)) return
      takeCount(answer)
      // Events during loading were added to the old count, and our own changes are not events yet.
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
      // Superseded by a newer request (another filter, for example).
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

  /** Marks shown notifications as read, all or one; returns how many were unread. */
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
    if (changed > 0) markedHere.add(id)
    try {
      await api.markNotificationRead(id)
    } catch (problem) {
      if (changed > 0) {
        mark(id, null)
        markedHere.delete(id)
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
      // Newer ones stay.
      const old = new Map(before.items.map((item) => [item.id, item]))
      items.value = items.value.map((item) => old.get(item.id) ?? item)
      unread.value += before.unread
      throw problem
    }
  }

  /** One that is listed is as the event has it, until later events say more: the list may be newer than they are. */
  function receive(notification: Notification, revision: number): void {
    const { id } = notification
    const isListed = items.value.some((item) => item.id === id)
    loads.touch(id, notification)
    counts.outdate()
    items.value = isListed
      ? items.value.map((item) => (item.id === id ? notification : item))
      : [notification, ...items.value]
    const isUnread = notification.read_at === null
    if (isUncounted(revision) && isUnread) unread.value += 1
    if (isUnread && !isListed) for (const listener of arrivalListeners) listener(notification)
  }

  /** Told of each new one as it arrives. Returns the way to stop. */
  function onArrival(listener: (notification: Notification) => void): () => void {
    arrivalListeners.add(listener)
    return () => arrivalListeners.delete(listener)
  }

  function receiveRead(what: { id: Uuid } | { all: true }, revision: number): void {
    const now = new Date().toISOString()
    const isNews = isUncounted(revision)
    if ('all' in what) {
      mark(undefined, now)
      if (isNews) unread.value = 0
      return
    }
    const known = items.value.some(({ id }) => id === what.id)
    // One that is not listed here may be in a list that is under way.
    if (!known) loads.outdate()
    mark(what.id, now)
    // Our own mark comes back as an event: it must not count twice.
    if (isNews && !markedHere.delete(what.id)) unread.value = Math.max(0, unread.value - 1)
  }

  async function reload(): Promise<void> {
    await Promise.all([loadUnread(), loaded.value ? load() : undefined])
  }

  function reset(): void {
    items.value = []
    takeCount({ unread: 0, revision: 0 })
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
    takeCount,
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
