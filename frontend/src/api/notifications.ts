import { http } from './client'
import type { Notification, Page, Uuid } from './types'

export async function listNotifications(options: {
  unread?: boolean
  cursor?: string
}): Promise<Page<Notification>> {
  return (await http.get<Page<Notification>>('/notifications', { params: options })).data
}

export async function countUnread(): Promise<number> {
  return (await http.get<{ unread: number }>('/notifications/unread-count')).data.unread
}

export async function markNotificationRead(id: Uuid): Promise<void> {
  await http.post(`/notifications/${id}/read`)
}

export async function markAllNotificationsRead(): Promise<void> {
  await http.post('/notifications/read-all')
}
