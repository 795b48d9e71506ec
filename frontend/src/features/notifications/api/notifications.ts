import { api } from '@/api/call'
import type { Notification, Page, UnreadCount, Uuid } from '@/api/types'

export async function listNotifications(options: {
  unread?: boolean
  cursor?: string
}): Promise<Page<Notification>> {
  // The document leaves open what `data` is; it depends on the kind.
  const page: unknown = await api.get('/notifications', { query: options })
  return page as Page<Notification>
}

/** A server of the version before does not say as of which revision it has counted: then every event counts. */
export async function countUnread(): Promise<UnreadCount> {
  const { unread, revision = 0 } = (await api.get('/notifications/unread-count')) as Partial<UnreadCount>
  return { unread: unread ?? 0, revision }
}

export async function markNotificationRead(id: Uuid): Promise<void> {
  await api.post('/notifications/{id}/read', { path: { id } })
}

export async function markAllNotificationsRead(): Promise<void> {
  await api.post('/notifications/read-all')
}
