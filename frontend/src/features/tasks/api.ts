import { api } from '@/api/call'
import { ifMatch } from '@/api/client'
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
  return api.get('/tasks', { query: { ...toParams(query), cursor }, signal })
}

export async function countTasks(filter: TaskFilter): Promise<TaskCounts> {
  return api.get('/tasks/counts', { query: toParams(filter) })
}

export async function getTask(id: Uuid): Promise<Task> {
  return api.get('/tasks/{id}', { path: { id } })
}

export async function createTask(input: TaskInput): Promise<Task> {
  return api.post('/tasks', { body: input })
}

export async function updateTask(id: Uuid, patch: TaskPatch, version?: number): Promise<Task> {
  const config = { headers: ifMatch(version) }
  return api.patch('/tasks/{id}', { path: { id }, ...config, body: patch })
}

export async function deleteTask(id: Uuid): Promise<void> {
  await api.delete('/tasks/{id}', { path: { id } })
}

export async function restoreTask(id: Uuid): Promise<Task> {
  return api.post('/tasks/{id}/restore', { path: { id } })
}

export async function listDeletedTasks(cursor?: string): Promise<Page<Task>> {
  return api.get('/tasks/trash', { query: { cursor } })
}

export async function purgeTask(id: Uuid): Promise<void> {
  await api.delete('/tasks/trash/{id}', { path: { id } })
}

export async function isWatching(id: Uuid): Promise<boolean> {
  return (await api.get('/tasks/{id}/watch', { path: { id } })).watching
}

export async function setWatching(id: Uuid, watching: boolean): Promise<void> {
  await (watching
    ? api.post('/tasks/{id}/watch', { path: { id } })
    : api.delete('/tasks/{id}/watch', { path: { id } }))
}
