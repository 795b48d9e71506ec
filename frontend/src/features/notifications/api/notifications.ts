import { http } from '@/api/client'
import type { Notification, Page, UnreadCount, Uuid } from '@/api/types'

export async function listNotifications(options: {
  unread?: boolean
  cursor?: string
}): Promise<Page<Notification>> {
  return (await http.get<Page<Notification>>('/notifications', { params: options })).data
}

/** A server of the version before does not say as of which revision it has counted: then every event counts. */
export async function countUnread(): Promise<UnreadCount> {
  const { unread, revision = 0 } = (await http.get<Partial<UnreadCount>>('/notifications/unread-count')).data
  return { unread: unread ?? 0, revision }
}

export async function markNotificationRead(id: Uuid): Promise<void> {
  await http.post(`/notifications/${id}/read`)
}

export async function markAllNotificationsRead(): Promise<void> {
  await http.post('/notifications/read-all')
}
