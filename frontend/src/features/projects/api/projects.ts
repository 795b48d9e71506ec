import { api } from '@/api/call'
import type { GrantedRole, Member, Project, ProjectInput, ProjectPatch, Uuid } from '@/api/types'

export async function listProjects(archived: boolean): Promise<Project[]> {
  return (await api.get('/projects', { query: { archived } })).items
}

export async function listDeletedProjects(): Promise<Project[]> {
  return (await api.get('/projects/trash')).items
}

export async function getProject(id: Uuid): Promise<Project> {
  return api.get('/projects/{id}', { path: { id } })
}

export async function createProject(input: ProjectInput): Promise<Project> {
  return api.post('/projects', { body: input })
}

export async function updateProject(id: Uuid, patch: ProjectPatch): Promise<Project> {
  return api.patch('/projects/{id}', { path: { id }, body: patch })
}

export async function deleteProject(id: Uuid): Promise<void> {
  await api.delete('/projects/{id}', { path: { id } })
}

export async function restoreProject(id: Uuid): Promise<Project> {
  return api.post('/projects/{id}/restore', { path: { id } })
}

export async function listMembers(projectId: Uuid): Promise<Member[]> {
  return (await api.get('/projects/{id}/members', { path: { id: projectId } })).items
}

export async function changeMemberRole(projectId: Uuid, userId: Uuid, role: GrantedRole): Promise<Member> {
  return api.patch('/projects/{id}/members/{user_id}', {
    path: { id: projectId, user_id: userId },
    body: { role },
  })
}

export async function removeMember(projectId: Uuid, userId: Uuid): Promise<void> {
  await api.delete('/projects/{id}/members/{user_id}', { path: { id: projectId, user_id: userId } })
}
