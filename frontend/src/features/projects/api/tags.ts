import { http } from '@/api/client'
import type { Page, Tag, TagInput, TagPatch, Uuid } from '@/api/types'

/** The tags of one project, or of all mine. */
export async function listTags(projectId?: Uuid): Promise<Tag[]> {
  const tags: Tag[] = []
  let cursor: string | undefined
  do {
    const page = (await http.get<Page<Tag>>('/tags', { params: { project_id: projectId, cursor } })).data
    tags.push(...page.items)
    cursor = page.next_cursor ?? undefined
  } while (cursor)
  return tags
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
