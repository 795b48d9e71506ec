import { http } from './client'
import type { Page, Tag, TagInput, TagPatch, Uuid } from './types'

/** The tags of one project, or of all mine. */
export async function listTags(projectId?: Uuid): Promise<Tag[]> {
  return (await http.get<Page<Tag>>('/tags', { params: { project_id: projectId } })).data.items
}

export async function createTag(projectId: Uuid, input: TagInput): Promise<Tag> {
  return (await http.post<Tag>(`/projects/${projectId}/tags`, input)).data
}

export async function updateTag(id: Uuid, patch: TagPatch): Promise<Tag> {
  return (await http.patch<Tag>(`/tags/${id}`, patch)).data
}

export async function deleteTag(id: Uuid): Promise<void> {
  await http.delete(`/tags/${id}`)
}
