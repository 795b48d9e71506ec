// The tags of each project: a part of the store of projects.
import { computed, shallowReactive } from 'vue'
import type { Tag, TagInput, TagPatch, Uuid } from '@/api/types'
import { compareText } from '@/lib/collation'
import { nameKey } from '@/lib/fold'
import { OptimisticMap } from '@/lib/optimistic'
import type { createPending } from '@/lib/usePending'
import { uuidv7 } from '@/lib/uuid'
import * as api from '../api/tags'
import { tagColor } from '../model/tagColor'

type Track = ReturnType<typeof createPending>['track']

export function createProjectTags(track: Track) {
  const byId = shallowReactive(new Map<Uuid, Tag>())
  const tags = new OptimisticMap<Tag>(byId)

  function of(projectId: Uuid): Tag[] {
    return [...byId.values()]
      .filter((tag) => tag.project_id === projectId)
      .sort((a, b) => compareText(a.name, b.name))
  }

  const keyOf = (projectId: Uuid, name: string): string => `${projectId} ${nameKey(name)}`
  const byName = computed(
    () => new Map([...byId.values()].map((tag) => [keyOf(tag.project_id, tag.name), tag])),
  )

  /** By its name, however it is written: tasks know their tags by name. */
  function find(projectId: Uuid, name: string): Tag | undefined {
    return byName.value.get(keyOf(projectId, name))
  }

  /** The tags of one project, or of all. */
  async function load(projectId?: Uuid): Promise<void> {
    const load = tags.beginLoad(projectId)
    try {
      const items = await api.listTags(projectId)
      tags.sync(load, items, (tag) => projectId === undefined || tag.project_id === projectId)
    } finally {
      tags.endLoad(load)
    }
  }

  let asked: Promise<void> | null = null

  /** Loads all tags once, with the first one that is shown; from then on events keep them. */
  function ensure(): void {
    // Colours are worth no message when they cannot be had: the next one that is shown asks again.
    asked ??= load().catch(() => {
      asked = null
    })
  }

  /** Events of these projects may have been missed: reload tags that were loaded before. */
  async function refresh(projectIds: readonly Uuid[]): Promise<void> {
    const [only] = projectIds
    if (only === undefined || (asked === null && byId.size === 0)) return
    await load(projectIds.length === 1 ? only : undefined)
  }

  async function create(projectId: Uuid, input: TagInput): Promise<Tag> {
    const id = input.id ?? uuidv7()
    const draft: Tag = {
      id,
      project_id: projectId,
      name: input.name,
      color: input.color ?? tagColor(input.name),
      version: 0,
    }
    const change = tags.change(id, (known) => known ?? draft)
    return track('createTag', projectId, async () => {
      try {
        const tag = await api.createTag(projectId, { ...input, id })
        change.commit(tag)
        return tag
      } catch (problem) {
        change.rollback()
        throw problem
      }
    })
  }

  async function update(id: Uuid, patch: TagPatch): Promise<void> {
    const change = tags.change(id, (tag) => tag && { ...tag, ...patch })
    await track('updateTag', id, async () => {
      try {
        change.commit(await api.updateTag(id, patch))
      } catch (problem) {
        change.rollback()
        throw problem
      }
    })
  }

  async function remove(id: Uuid): Promise<void> {
    const change = tags.change(id, () => undefined)
    await track('removeTag', id, async () => {
      try {
        await api.deleteTag(id)
        change.commit(null)
      } catch (problem) {
        change.rollback()
        throw problem
      }
    })
  }

  function forget(projectId: Uuid): void {
    for (const tag of of(projectId)) tags.drop(tag.id)
  }

  return {
    byId,
    of,
    find,
    load,
    ensure,
    refresh,
    create,
    update,
    remove,
    receive: (tag: Tag) => tags.put(tag, 'event'),
    receiveGone: (id: Uuid) => tags.drop(id),
    forget,
    reset: (): void => {
      tags.clear()
      asked = null
    },
  }
}
