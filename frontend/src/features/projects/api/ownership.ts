import { http } from '@/api/client'
import type { Project, Uuid } from '@/api/types'

export async function offerProject(id: Uuid, userId: Uuid): Promise<Project> {
  return (await http.post<Project>(`/projects/${id}/transfer`, { user_id: userId })).data
}

export async function withdrawProject(id: Uuid): Promise<void> {
  await http.delete(`/projects/${id}/transfer`)
}

export async function acceptProject(id: Uuid): Promise<Project> {
  return (await http.post<Project>(`/projects/${id}/transfer/accept`)).data
}

export async function declineProject(id: Uuid): Promise<void> {
  await http.post(`/projects/${id}/transfer/decline`)
}
