import { api } from '@/api/call'
import type { Page, Tag, TagInput, TagPatch, Uuid } from '@/api/types'

/** The tags of one project, or of all mine. */
export async function listTags(projectId?: Uuid): Promise<Tag[]> {
  const tags: Tag[] = []
  let cursor: string | undefined
  do {
    const page: Page<Tag> = await api.get('/tags', { query: { project_id: projectId, cursor } })
    tags.push(...page.items)
    cursor = page.next_cursor ?? undefined
  } while (cursor)
  return tags
}

export async function createTag(projectId: Uuid, input: TagInput): Promise<Tag> {
  return api.post('/projects/{id}/tags', { path: { id: projectId }, body: input })
}

export async function updateTag(id: Uuid, patch: TagPatch): Promise<Tag> {
  return api.patch('/tags/{id}', { path: { id }, body: patch })
}

export async function deleteTag(id: Uuid): Promise<void> {
  await api.delete('/tags/{id}', { path: { id } })
}
