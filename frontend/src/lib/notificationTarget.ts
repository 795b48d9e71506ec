// Where a notification leads: to its task, or to its project.
import type { Notification } from '@/api/types'

export interface Target {
  name: 'project'
  params: { id: string }
  query: { task?: string }
}

export function notificationTarget({ project, task }: Pick<Notification, 'project' | 'task'>): Target | null {
  if (!project) return null
  return { name: 'project', params: { id: project.id }, query: task ? { task: task.id } : {} }
}
