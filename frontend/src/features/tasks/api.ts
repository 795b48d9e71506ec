import { http, ifMatch } from '@/api/client'
import type { Page, Task, TaskCounts, TaskFilter, TaskInput, TaskPatch, TaskQuery, Uuid } from '@/api/types'

/** Lists of fixed words go in one parameter; a tag's name may hold a comma, so each has a parameter of its own. */
function toParams(query: TaskQuery): Record<string, unknown> {
  return {
    ...query,
    status: query.status?.length ? query.status.join(',') : undefined,
    priority: query.priority?.length ? query.priority.join(',') : undefined,
  }
}

export async function listTasks(
  query: TaskQuery,
  cursor?: string,
  signal?: AbortSignal,
): Promise<Page<Task>> {
  return (await http.get<Page<Task>>('/tasks', { params: { ...toParams(query), cursor }, signal })).data
}

export async function countTasks(filter: TaskFilter): Promise<TaskCounts> {
  return (await http.get<TaskCounts>('/tasks/counts', { params: toParams(filter) })).data
}

export async function getTask(id: Uuid): Promise<Task> {
  return (await http.get<Task>(`/tasks/${id}`)).data
}

export async function createTask(input: TaskInput): Promise<Task> {
  return (await http.post<Task>('/tasks', input)).data
}

export async function updateTask(id: Uuid, patch: TaskPatch, version?: number): Promise<Task> {
  const config = { headers: ifMatch(version) }
  return (await http.patch<Task>(`/tasks/${id}`, patch, config)).data
}

export async function deleteTask(id: Uuid): Promise<void> {
  await http.delete(`/tasks/${id}`)
}

export async function restoreTask(id: Uuid): Promise<Task> {
  return (await http.post<Task>(`/tasks/${id}/restore`)).data
}

export async function listDeletedTasks(cursor?: string): Promise<Page<Task>> {
  return (await http.get<Page<Task>>('/tasks/trash', { params: { cursor } })).data
}

export async function purgeTask(id: Uuid): Promise<void> {
  await http.delete(`/tasks/trash/${id}`)
}

export async function isWatching(id: Uuid): Promise<boolean> {
  return (await http.get<{ watching: boolean }>(`/tasks/${id}/watch`)).data.watching
}

export async function setWatching(id: Uuid, watching: boolean): Promise<void> {
  await (watching ? http.post(`/tasks/${id}/watch`) : http.delete(`/tasks/${id}/watch`))
}
