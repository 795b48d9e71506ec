// The tags of each project: a part of the store of projects.
import { computed, shallowReactive } from 'vue'
import type { Tag, TagInput, TagPatch, Uuid } from '@/api/types'
import { compareText } from '@/lib/collation'
import { nameKey } from '@/lib/fold'
import { uuidv7 } from '@/lib/uuid'
import { EntityStore } from '@/sync/entityStore'
import * as api from '../api/tags'
import { tagColor } from '../model/tagColor'

interface NewTag {
  projectId: Uuid
  fields: TagInput
}

function draftOf(id: Uuid, { projectId, fields }: NewTag): Tag {
  const color = fields.color ?? tagColor(fields.name)
  return { id, project_id: projectId, name: fields.name, color, version: 0 }
}

const commands = {
  create: {
    show: (id: Uuid, input: NewTag) => (known: Tag | undefined) => known ?? draftOf(id, input),
    send: (id: Uuid, { projectId, fields }: NewTag) => api.createTag(projectId, { ...fields, id }),
  },
  update: {
    show: (_id: Uuid, patch: TagPatch) => (tag: Tag | undefined) => tag && { ...tag, ...patch },
    send: (id: Uuid, patch: TagPatch) => api.updateTag(id, patch),
  },
  remove: {
    show: () => () => undefined,
    send: async (id: Uuid) => {
      await api.deleteTag(id)
      return null
    },
  },
}

export function createProjectTags() {
  const byId = shallowReactive(new Map<Uuid, Tag>())
  const tags = new EntityStore(byId, { idOf: ({ id }) => id, versionOf: ({ version }) => version, commands })

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
    const covers = (tag: Tag): boolean => projectId === undefined || tag.project_id === projectId
    await tags.load(() => api.listTags(projectId), projectId, covers)
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

  function create(projectId: Uuid, fields: TagInput): Promise<Tag> {
    return tags.dispatch('create', fields.id ?? uuidv7(), { projectId, fields })
  }

  async function update(id: Uuid, patch: TagPatch): Promise<void> {
    await tags.dispatch('update', id, patch)
  }

  async function remove(id: Uuid): Promise<void> {
    await tags.dispatch('remove', id, undefined)
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
