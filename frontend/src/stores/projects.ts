// My projects, and of each its members, invitations and tags.
import { acceptHMRUpdate, defineStore } from 'pinia'
import { computed, ref, shallowReactive, shallowRef } from 'vue'
import { toApiError } from '@/api/client'
import type { ApiError } from '@/api/errors'
import * as api from '@/api/projects'
import type { Project, ProjectInput, ProjectPatch, SharedProject, Uuid } from '@/api/types'
import { createPending } from '@/composables/usePending'
import { OptimisticMap } from '@/lib/optimistic'
import { NO_ICON, PROJECT_COLORS } from '@/lib/projectLook'
import { provisionalPosition } from '@/lib/taskSort'
import { uuidv7 } from '@/lib/uuid'
import { useAuthStore } from './auth'
import { createProjectInvitations } from './projectInvitations'
import { createProjectMembers } from './projectMembers'
import { createProjectOwnership } from './projectOwnership'
import { createProjectTags } from './projectTags'

export const useProjectStore = defineStore('projects', () => {
  const auth = useAuthStore()
  const { isPending, track } = createPending()
  const byId = shallowReactive(new Map<Uuid, Project>())
  const projects = new OptimisticMap<Project>(byId)
  const loaded = ref(false)
  const loading = ref(false)
  const error = shallowRef<ApiError | null>(null)
  const trash = shallowRef<Project[]>([])
  const members = createProjectMembers(track)
  const invitations = createProjectInvitations(track)
  const tags = createProjectTags(track)
  const ownership = createProjectOwnership(track, receive, endOffer)

  const ordered = computed(() =>
    [...byId.values()].sort(
      (a, b) => Number(b.is_inbox) - Number(a.is_inbox) || (a.position < b.position ? -1 : 1),
    ),
  )
  const inbox = computed(() => ordered.value.find((project) => project.is_inbox))
  const active = computed(() =>
    ordered.value.filter((project) => !project.is_inbox && project.archived_at === null),
  )
  const archived = computed(() => ordered.value.filter((project) => project.archived_at !== null))

  function get(id: Uuid): Project | undefined {
    return byId.get(id)
  }

  function canWrite(id: Uuid): boolean {
    const role = byId.get(id)?.role
    return role === 'owner' || role === 'editor'
  }

  /** Loads active and archived ones: the archived are needed to know which tasks to leave out of lists. */
  async function load(): Promise<void> {
    loading.value = true
    try {
      const all = new Map((await api.listProjects(true)).map((project) => [project.id, project]))
      for (const id of [...byId.keys()]) if (!all.has(id) && projects.confirmed(id)) projects.drop(id, 'load')
      for (const project of all.values()) projects.put(project)
      error.value = null
      loaded.value = true
    } catch (problem) {
      error.value = toApiError(problem)
    } finally {
      loading.value = false
    }
  }

  async function create(input: ProjectInput): Promise<Project> {
    const id = input.id ?? uuidv7()
    const now = new Date().toISOString()
    const draft: Project = {
      id,
      name: input.name,
      color: input.color ?? PROJECT_COLORS[0],
      icon: input.icon ?? NO_ICON,
      is_inbox: false,
      owner_id: auth.user?.id ?? '',
      transfer_to: null,
      role: 'owner',
      position: provisionalPosition(active.value.at(-1)?.position ?? null),
      archived_at: null,
      member_count: 1,
      open_tasks: 0,
      deleted_at: null,
      created_at: now,
      updated_at: now,
      version: 0,
    }
    const change = projects.change(id, (known) => known ?? draft)
    return track('create', id, async () => {
      try {
        const project = await api.createProject({ ...input, id })
        change.commit(project)
        return project
      } catch (problem) {
        change.rollback()
        throw problem
      }
    })
  }

  async function update(id: Uuid, patch: ProjectPatch): Promise<void> {
    const { after, archived: archive, ...fields } = patch
    const now = new Date().toISOString()
    const change = projects.change(id, (project) => {
      if (!project) return undefined
      const next = { ...project, ...fields }
      if (archive !== undefined) next.archived_at = archive ? now : null
      if (after !== undefined)
        next.position = provisionalPosition(after && (byId.get(after)?.position ?? null))
      return next
    })
    await track('update', id, async () => {
      try {
        change.commit(await api.updateProject(id, patch))
      } catch (problem) {
        change.rollback()
        throw problem
      }
    })
  }

  function move(id: Uuid, after: Uuid | null): Promise<void> {
    return update(id, { after })
  }

  async function remove(id: Uuid): Promise<void> {
    const change = projects.change(id, () => undefined)
    await track('remove', id, async () => {
      try {
        await api.deleteProject(id)
        change.commit(null)
      } catch (problem) {
        change.rollback()
        throw problem
      }
    })
  }

  async function loadTrash(): Promise<void> {
    trash.value = await api.listDeletedProjects()
  }

  async function restore(id: Uuid): Promise<void> {
    await track('restore', id, async () => {
      const project = await api.restoreProject(id)
      projects.put(project, 'event')
      trash.value = trash.value.filter((other) => other.id !== id)
    })
  }

  /** A project with what is mine, from my own feed. */
  function receive(project: Project): void {
    if (projects.put(project, 'event')) members.receiveOwner(project.id, project.owner_id)
  }

  /** A project as all members see it: what is mine stays as it was. */
  function receiveShared(shared: SharedProject): void {
    const known = projects.confirmed(shared.id)
    if (known && projects.put({ ...known, ...shared }, 'event'))
      members.receiveOwner(shared.id, shared.owner_id)
  }

  function endOffer(id: Uuid): void {
    const known = projects.confirmed(id)
    if (known) projects.put({ ...known, transfer_to: null }, 'event')
  }

  function receiveGone(id: Uuid): void {
    projects.drop(id)
    members.forget(id)
    invitations.forget(id)
    tags.forget(id)
  }

  /** Keeps the number beside a project right between two loads. */
  function adjustOpenTasks(id: Uuid, delta: number): void {
    const known = projects.confirmed(id)
    if (known) projects.put({ ...known, open_tasks: Math.max(0, known.open_tasks + delta) }, 'event')
  }

  function reset(): void {
    projects.clear()
    members.reset()
    invitations.reset()
    tags.reset()
    trash.value = []
    loaded.value = false
    error.value = null
  }

  return {
    byId,
    inbox,
    active,
    archived,
    trash,
    loaded,
    loading,
    error,
    isPending,
    get,
    canWrite,
    load,
    create,
    update,
    move,
    remove,
    loadTrash,
    restore,
    membersOf: members.of,
    findMember: members.find,
    ensureMembers: members.ensure,
    loadMembers: members.load,
    changeRole: members.changeRole,
    removeMember: members.remove,
    receiveMember: members.receive,
    completeMembers(projectId: Uuid): void {
      if (get(projectId)?.role === 'owner') members.completeForOwner(projectId)
    },
    receiveMemberGone: members.receiveGone,
    offerProject: ownership.offer,
    withdrawProject: ownership.withdraw,
    acceptProject: ownership.accept,
    declineProject: ownership.decline,
    invitationsOf: invitations.of,
    loadInvitations: invitations.load,
    invite: invitations.invite,
    sendInvitation: invitations.send,
    revokeInvitation: invitations.revoke,
    receiveInvitation: invitations.receive,
    receiveInvitationGone: invitations.receiveGone,
    tagsOf: tags.of,
    findTag: tags.find,
    loadTags: tags.load,
    ensureTags: tags.ensure,
    createTag: tags.create,
    updateTag: tags.update,
    removeTag: tags.remove,
    receiveTag: tags.receive,
    receiveTagGone: tags.receiveGone,
    receive,
    receiveShared,
    receiveGone,
    adjustOpenTasks,
    reset,
  }
})

if (import.meta.hot) import.meta.hot.accept(acceptHMRUpdate(useProjectStore, import.meta.hot))
