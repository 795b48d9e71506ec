// The initial data of a signed-in user: loaded at sign-in, cleared at sign-out.
import { onScopeDispose, watch } from 'vue'
import { useRouter } from 'vue-router'
import type { Uuid } from '@/api/types'
import { useNotificationStore } from '@/features/notifications'
import { useProjectStore } from '@/features/projects'
import { useReminderStore } from '@/features/reminders'
import { type StartingPoint, useAuthStore, usePreferences } from '@/features/session'
import { useTaskSender, useTaskStore } from '@/features/tasks'
import { useLiveStore } from '@/sync/live'
import { liveFeatures } from './live-events'

export function useSessionData(): void {
  const auth = useAuthStore()
  const live = useLiveStore()
  const projects = useProjectStore()
  const tasks = useTaskStore()
  const notifications = useNotificationStore()
  const reminders = useReminderStore()
  const router = useRouter()
  const { applyLanguage } = usePreferences()
  live.setFeatures(liveFeatures())
  const { resume } = useTaskSender()

  /** Included in the session's answer; servers of the previous version are asked separately. */
  function takeUnread(id: Uuid, start: StartingPoint | null): void {
    const revision = start?.topics[`user:${id}`]
    if (start && revision !== undefined) notifications.takeCount({ unread: start.unread, revision })
    // The number on the bell can wait for the live connection when this fails.
    else notifications.loadUnread().catch(() => undefined)
  }

  function leave(): void {
    live.stop()
    tasks.reset()
    projects.reset()
    notifications.reset()
    reminders.reset()
  }

  watch(
    () => auth.user?.id,
    (id, before) => {
      if (before !== undefined) leave()
      if (id === undefined) {
        const { name, fullPath, meta } = router.currentRoute.value
        if (!meta.guest) {
          void router.push({ name: 'login', query: name === 'dashboard' ? {} : { redirect: fullPath } })
        }
        return
      }
      const start = auth.takeStartingPoint()
      live.start(start?.topics)
      void applyLanguage(auth.user?.language)
      void projects.load()
      takeUnread(id, start)
      void resume()
    },
    { immediate: true },
  )
  watch(() => auth.tokenSerial, live.authenticate)
  // After a disconnect, missed events follow; failed loads must be repeated.
  watch(
    () => live.status === 'live',
    (isLive) => {
      if (!isLive) return
      if (projects.error) void projects.load()
      if (notifications.error) void notifications.reload()
      if (reminders.error) void reminders.load()
      void tasks.retryFailed()
      void resume()
    },
  )
  onScopeDispose(leave)
}
