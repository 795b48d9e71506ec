// What happened to notifications elsewhere.
import type { LiveFeature } from '@/sync/registry'
import { useNotificationStore } from './store/notifications'

export function liveNotifications(): LiveFeature {
  const notifications = useNotificationStore()
  return {
    events: {
      'notification.created': ({ data, revision }) => notifications.receive(data, revision),
      'notification.read': ({ data, revision }) => notifications.receiveRead(data, revision),
    },
    resync: async ({ own }) => {
      if (own) await notifications.reload()
    },
  }
}
