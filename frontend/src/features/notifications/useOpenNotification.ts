// Opens a notification: marks it as read and shows its object.
import { useRouter } from 'vue-router'
import type { Notification } from '@/api/types'
import { useAction } from '@/ui/useAction'
import { notificationTarget } from './model/notificationTarget'
import { useNotificationStore } from './store/notifications'

export function useOpenNotification() {
  const router = useRouter()
  const { run } = useAction()
  const notifications = useNotificationStore()

  return function openNotification(notification: Notification): void {
    notifications.panelOpen = false
    if (notification.read_at === null) void run(() => notifications.markRead(notification.id))
    const target = notificationTarget(notification)
    if (target) void router.push(target)
  }
}
