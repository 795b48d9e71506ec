import { api } from '@/api/call'
import type { Project, Uuid } from '@/api/types'

export async function offerProject(id: Uuid, userId: Uuid): Promise<Project> {
  return api.post('/projects/{id}/transfer', { path: { id }, body: { user_id: userId } })
}

export async function withdrawProject(id: Uuid): Promise<void> {
  await api.delete('/projects/{id}/transfer', { path: { id } })
}

export async function acceptProject(id: Uuid): Promise<Project> {
  return api.post('/projects/{id}/transfer/accept', { path: { id } })
}

export async function declineProject(id: Uuid): Promise<void> {
  await api.post('/projects/{id}/transfer/decline', { path: { id } })
}
