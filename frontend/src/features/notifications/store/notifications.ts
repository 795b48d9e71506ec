// What the person should know: newest first.
import { acceptHMRUpdate, defineStore } from 'pinia'
import { computed, ref } from 'vue'
import type { Instant, Notification, UnreadCount, Uuid } from '@/api/types'
import { Loads } from '@/lib/loads'
import { createEntityList } from '@/sync/entityList'
import * as api from '../api/notifications'

/** What `readAll` is about, in the place of an id. */
const ALL = 'all'

/** One that is read stays as it was read first. */
function readAt(at: Instant) {
  return (one: Notification | undefined) => one && (one.read_at === null ? { ...one, read_at: at } : one)
}

export const useNotificationStore = defineStore('notifications', () => {
  const unread = ref(0)
  /** Whether only what is unread is listed. */
  const onlyUnread = ref(false)
  const list = createEntityList({
    ask: (cursor?: string) => api.listNotifications({ unread: onlyUnread.value || undefined, cursor }),
    newAt: 'start',
    idOf: ({ id }: Notification) => id,
    commands: {
      read: {
        show: (_id: Uuid, at: Instant) => readAt(at),
        send: (id: Uuid) => api.markNotificationRead(id),
      },
      readAll: {
        alongside: listedIds,
        show: (_id: string, at: Instant) => readAt(at),
        send: () => api.markAllNotificationsRead(),
      },
    },
  })
  /** Whether the bell's list lies over the page. */
  const panelOpen = ref(false)
  const arrivalListeners = new Set<(notification: Notification) => void>()
  const counts = new Loads()
  const hasMore = computed(() => list.nextCursor.value !== null)

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

  function listedIds(): Uuid[] {
    return list.items.value.map(({ id }) => id)
  }

  /** A failure stands in `error`. */
  async function load(options: { more?: boolean } = {}): Promise<void> {
    await list.load(options).catch(() => undefined)
  }

  async function showOnlyUnread(wanted: boolean): Promise<void> {
    onlyUnread.value = wanted
    await load()
  }

  async function markRead(id: Uuid): Promise<void> {
    const isNews = list.get(id)?.read_at === null
    counts.outdate()
    if (isNews) {
      unread.value = Math.max(0, unread.value - 1)
      markedHere.add(id)
    }
    try {
      await list.store.dispatch('read', id, new Date().toISOString())
    } catch (problem) {
      counts.outdate()
      if (isNews) {
        markedHere.delete(id)
        unread.value += 1
      }
      throw problem
    }
  }

  async function markAllRead(): Promise<void> {
    const before = unread.value
    counts.outdate()
    list.store.outdate()
    unread.value = 0
    try {
      await list.store.dispatch('readAll', ALL, new Date().toISOString())
    } catch (problem) {
      // Newer ones stay.
      unread.value += before
      throw problem
    }
  }

  /** One that is listed is as the event has it, until later events say more: the list may be newer than they are. */
  function receive(notification: Notification, revision: number): void {
    const { id } = notification
    const isListed = list.get(id) !== undefined
    counts.outdate()
    list.receive(notification)
    const isUnread = notification.read_at === null
    if (isUncounted(revision) && isUnread) unread.value += 1
    if (isUnread && !isListed) for (const listener of arrivalListeners) listener(notification)
  }

  /** Told of each new one as it arrives. Returns the way to stop. */
  function onArrival(listener: (notification: Notification) => void): () => void {
    arrivalListeners.add(listener)
    return () => arrivalListeners.delete(listener)
  }

  /** Whether there is such a one here. */
  function receiveMark(id: Uuid, at: Instant): boolean {
    const known = list.store.confirmed(id)
    const marked = readAt(at)(known)
    if (marked && marked !== known) list.receive(marked)
    return known !== undefined
  }

  function receiveRead(what: { id: Uuid } | { all: true }, revision: number): void {
    const now = new Date().toISOString()
    const isNews = isUncounted(revision)
    counts.outdate()
    if ('all' in what) {
      list.store.outdate()
      for (const id of listedIds()) receiveMark(id, now)
      if (isNews) unread.value = 0
      return
    }
    // One that is not listed here may be in a list that is under way.
    if (!receiveMark(what.id, now)) list.store.outdate()
    // Our own mark comes back as an event: it must not count twice.
    if (isNews && !markedHere.delete(what.id)) unread.value = Math.max(0, unread.value - 1)
  }

  async function reload(): Promise<void> {
    await Promise.all([loadUnread(), list.loaded.value ? load() : undefined])
  }

  function reset(): void {
    takeCount({ unread: 0, revision: 0 })
    onlyUnread.value = false
    panelOpen.value = false
    // What is still under way was another person's.
    list.clear()
    counts.cancel()
  }

  return {
    items: list.items,
    unread,
    onlyUnread,
    loaded: list.loaded,
    loading: list.loading,
    error: list.error,
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
