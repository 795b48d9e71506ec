import { http } from '@/api/client'
import type { Announcement, AnnouncementInput, Page } from '@/api/types'

export async function listAnnouncements(cursor?: string): Promise<Page<Announcement>> {
  return (await http.get<Page<Announcement>>('/admin/announcements', { params: { cursor } })).data
}

export async function announce(input: AnnouncementInput): Promise<Announcement> {
  return (await http.post<Announcement>('/admin/announcements', input)).data
}
