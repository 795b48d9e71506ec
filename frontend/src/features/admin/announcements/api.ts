import { api } from '@/api/call'
import type { Announcement, AnnouncementInput, Page } from '@/api/types'

export async function listAnnouncements(cursor?: string): Promise<Page<Announcement>> {
  return api.get('/admin/announcements', { query: { cursor } })
}

export async function announce(input: AnnouncementInput): Promise<Announcement> {
  return api.post('/admin/announcements', { body: input })
}
