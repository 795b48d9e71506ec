// Where a notification leads: to its task, to its project, or to the devices when the account's safety is concerned.
import type { Notification } from '@/api/types'

export type Target =
  { name: 'project'; params: { id: string }; query: { task?: string } } | { name: 'profile'; hash: string }

export function notificationTarget({
  kind,
  project,
  task,
}: Pick<Notification, 'kind' | 'project' | 'task'>): Target | null {
  if (kind === 'security.new_sign_in' || kind === 'security.password_changed') {
    return { name: 'profile', hash: '#devices' }
  }
  if (!project) return null
  return { name: 'project', params: { id: project.id }, query: task ? { task: task.id } : {} }
}
