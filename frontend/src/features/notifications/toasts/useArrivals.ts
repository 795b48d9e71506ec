// New notifications: a toast, or a desktop notification while the page is hidden.
import { computed, onScopeDispose, ref, shallowRef } from 'vue'
import { useI18n } from 'vue-i18n'
import { useRoute } from 'vue-router'
import type { Notification } from '@/api/types'
import { useIsPhone } from '@/ui/useIsPhone'
import { factsOf } from '../model/notificationKinds'
import { useNotificationStore } from '../store/notifications'
import { useDesktopNotifications } from '../useDesktopNotifications'
import { useNotificationText } from '../useNotificationText'
import { useOpenNotification } from '../useOpenNotification'

/** After a disconnect, missed events arrive; older ones than this are not announced. */
const NEWS_MS = 2 * 60_000
const SHOWN_MS = 8_000
/** A burst is announced together. */
const GATHER_MS = 400

/** `early`: what arrived before this was there. */
export function useArrivals(early: readonly Notification[]) {
  const { t } = useI18n()
  const route = useRoute()
  const notifications = useNotificationStore()
  const isPhone = useIsPhone()
  const desktop = useDesktopNotifications()
  const { textOf, bodyOf } = useNotificationText()
  const openNotification = useOpenNotification()

  const toasts = shallowRef<Notification[]>([])
  const announcement = ref('')
  const timers = new Map<string, ReturnType<typeof setTimeout>>()
  let gathered: Notification[] = []
  let gathering: ReturnType<typeof setTimeout> | undefined

  // Read elsewhere, it need not stand here any longer.
  const unread = computed(() => {
    const ids = new Set(notifications.items.filter(({ read_at }) => read_at === null).map(({ id }) => id))
    return toasts.value.filter(({ id }) => ids.has(id))
  })
  const shown = computed(() => unread.value.slice(isPhone.value ? -1 : -3))
  const more = computed(() => unread.value.length - shown.value.length)

  const wordsOf = (notification: Notification): string =>
    [textOf(notification), bodyOf(notification)].filter(Boolean).join('\n')

  /** Changes of an open task are visible there; a reminder is not. */
  function isInView({ kind, task }: Notification): boolean {
    if (notifications.panelOpen || route.name === 'notifications') return true
    if (kind === 'task.reminder') return false
    return task !== null && task !== undefined && route.query.task === task.id
  }

  function dismiss(id: string): void {
    clearTimeout(timers.get(id))
    timers.delete(id)
    toasts.value = toasts.value.filter((one) => one.id !== id)
  }

  function wait(id: string): void {
    timers.set(
      id,
      setTimeout(() => dismiss(id), SHOWN_MS),
    )
  }

  /** While the pointer or the focus is on them nothing goes away. */
  function pause(): void {
    for (const timer of timers.values()) clearTimeout(timer)
    timers.clear()
  }

  function resume(): void {
    pause()
    for (const { id } of toasts.value) wait(id)
  }

  function announce(notification: Notification): void {
    gathered.push(notification)
    gathering ??= setTimeout(() => {
      const [first, ...others] = gathered
      gathering = undefined
      gathered = []
      if (!first) return
      const count = others.length + 1
      announcement.value = others.length ? t('notifications.arrived', { count }, count) : wordsOf(first)
    }, GATHER_MS)
  }

  function receive(notification: Notification): void {
    if (!factsOf(notification.kind).urgent) return
    if (Date.now() - Date.parse(notification.created_at) > NEWS_MS) return
    if (document.visibilityState === 'hidden') {
      void desktop.show({
        id: notification.id,
        title: notification.project?.name ?? t('app.name'),
        body: wordsOf(notification),
        open: () => openNotification(notification),
      })
    } else if (!isInView(notification)) {
      toasts.value = [...toasts.value, notification]
      wait(notification.id)
      announce(notification)
    }
  }

  function open(notification: Notification): void {
    dismiss(notification.id)
    openNotification(notification)
  }

  function dismissAll(): void {
    pause()
    toasts.value = []
  }

  const stop = notifications.onArrival(receive)
  early.forEach(receive)
  onScopeDispose(() => {
    stop()
    dismissAll()
    clearTimeout(gathering)
  })

  return { shown, more, announcement, open, dismiss, dismissAll, pause, resume }
}
