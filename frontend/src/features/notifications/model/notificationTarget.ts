// Where a notification leads: to its task, to its project, to the devices when the account's safety is concerned, or to
// the list in which all of it can be read.
import type { Notification } from '@/api/types'

export type Target =
  | { name: 'project'; params: { id: string }; query: { task?: string } }
  | { name: 'profile'; hash: string }
  | { name: 'notifications' }

export function notificationTarget({ kind, data, project, task }: Notification): Target | null {
  if (kind === 'security.new_sign_in' || kind === 'security.password_changed') {
    return { name: 'profile', hash: '#devices' }
  }
  if (kind === 'account.export_ready') return { name: 'profile', hash: '#data' }
  // Answered above the list.
  if (kind === 'project.invited' || kind === 'system.announcement') return { name: 'notifications' }
  // There is nothing to see any more.
  if (kind === 'project.changed' && (data.change === 'deleted' || data.change === 'member_removed'))
    return null
  if (!project) return null
  return { name: 'project', params: { id: project.id }, query: task ? { task: task.id } : {} }
}
