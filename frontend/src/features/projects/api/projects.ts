import { http } from '@/api/client'
import type { Member, Page, Project, ProjectInput, ProjectPatch, Role, Uuid } from '@/api/types'

export async function listProjects(archived: boolean): Promise<Project[]> {
  return (await http.get<Page<Project>>('/projects', { params: { archived } })).data.items
}

export async function listDeletedProjects(): Promise<Project[]> {
  return (await http.get<Page<Project>>('/projects/trash')).data.items
}

export async function getProject(id: Uuid): Promise<Project> {
  return (await http.get<Project>(`/projects/${id}`)).data
}

export async function createProject(input: ProjectInput): Promise<Project> {
  return (await http.post<Project>('/projects', input)).data
}

export async function updateProject(id: Uuid, patch: ProjectPatch): Promise<Project> {
  return (await http.patch<Project>(`/projects/${id}`, patch)).data
}

export async function deleteProject(id: Uuid): Promise<void> {
  await http.delete(`/projects/${id}`)
}

export async function restoreProject(id: Uuid): Promise<Project> {
  return (await http.post<Project>(`/projects/${id}/restore`)).data
}

export async function listMembers(projectId: Uuid): Promise<Member[]> {
  return (await http.get<Page<Member>>(`/projects/${projectId}/members`)).data.items
}

export async function changeMemberRole(projectId: Uuid, userId: Uuid, role: Role): Promise<Member> {
  return (await http.patch<Member>(`/projects/${projectId}/members/${userId}`, { role })).data
}

export async function removeMember(projectId: Uuid, userId: Uuid): Promise<void> {
  await http.delete(`/projects/${projectId}/members/${userId}`)
}
