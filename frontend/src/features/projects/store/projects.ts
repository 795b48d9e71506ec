// My projects, and of each its members, invitations and tags.
import { acceptHMRUpdate, defineStore } from 'pinia'
import { computed, ref, shallowReactive, shallowRef } from 'vue'
import { type ApiError, toApiError } from '@/api/errors'
import type { Project, ProjectInput, ProjectPatch, SharedProject, Uuid } from '@/api/types'
import { useAuthStore } from '@/features/session'
import { OptimisticMap } from '@/lib/optimistic'
import { provisionalPosition } from '@/lib/position'
import { createPending } from '@/lib/usePending'
import { uuidv7 } from '@/lib/uuid'
import * as api from '../api/projects'
import { NO_ICON, PROJECT_COLORS } from '../model/projectLook'
import { createOpenCounts } from './openCounts'
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
  const counts = createOpenCounts({ ask: askNumbers })

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
    const own = projects.beginLoad()
    const since = counts.now()
    try {
      const items = (await api.listProjects(true)).map((project) => numbered(project, since))
      if (!projects.sync(own, items)) return
      error.value = null
      loaded.value = true
      loading.value = false
    } catch (problem) {
      if (!projects.endLoad(own)) return
      error.value = toApiError(problem)
      loading.value = false
    }
  }

  /** An answer of the server's, with the number that is to be shown. */
  function numbered(project: Project, since: number): Project {
    const shown = projects.confirmed(project.id)?.open_tasks
    return { ...project, open_tasks: counts.settle(project.id, project.open_tasks, shown, since) }
  }

  /** One that fails is asked for again later; one that has gone has no number. */
  async function askNumbers(ids: Uuid[]): Promise<void> {
    const [id] = ids
    if (ids.length > 1 || id === undefined) {
      await load()
      if (error.value) throw error.value
      return
    }
    const since = counts.now()
    try {
      const project = numbered(await api.getProject(id), since)
      const known = projects.confirmed(id)
      // A count has no version: other data may be newer than this answer.
      if (known) projects.put({ ...known, open_tasks: project.open_tasks })
    } catch (problem) {
      if (toApiError(problem).type !== 'not-found') throw problem
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
    const since = counts.now()
    await track('update', id, async () => {
      try {
        change.commit(numbered(await api.updateProject(id, patch), since))
      } catch (problem) {
        change.rollback()
        throw problem
      }
    })
  }

  function move(id: Uuid, after: Uuid | null): Promise<void> {
    return update(id, { after })
  }

  /** Removed immediately, and restored if the server refuses. */
  async function takeAway(id: Uuid, send: () => Promise<void>): Promise<void> {
    const change = projects.change(id, () => undefined)
    await track('remove', id, async () => {
      try {
        await send()
        change.commit(null)
      } catch (problem) {
        change.rollback()
        throw problem
      }
    })
  }

  function remove(id: Uuid): Promise<void> {
    return takeAway(id, () => api.deleteProject(id))
  }

  function leave(id: Uuid): Promise<void> {
    return takeAway(id, () => api.removeMember(id, auth.user?.id ?? ''))
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
    // Its number was right when the event was written; the events of tasks come on another topic.
    const known = projects.confirmed(project.id)
    if (known && known.open_tasks !== project.open_tasks) counts.doubt(project.id)
    const current = known ? { ...project, open_tasks: known.open_tasks } : project
    if (projects.put(current, 'event')) members.receiveOwner(project.id, project.owner_id)
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

  /** A known change of a project's count. */
  function adjustOpenTasks(id: Uuid, delta: number): void {
    const known = projects.confirmed(id)
    counts.moved(id)
    if (known) projects.put({ ...known, open_tasks: Math.max(0, known.open_tasks + delta) }, 'load')
  }

  function reset(): void {
    projects.clear()
    counts.reset()
    loading.value = false
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
    leave,
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
    refreshTags: tags.refresh,
    createTag: tags.create,
    updateTag: tags.update,
    removeTag: tags.remove,
    receiveTag: tags.receive,
    receiveTagGone: tags.receiveGone,
    receive,
    receiveShared,
    receiveGone,
    adjustOpenTasks,
    doubtOpenTasks: counts.doubt,
    beginCounting: counts.begin,
    reset,
  }
})

if (import.meta.hot) import.meta.hot.accept(acceptHMRUpdate(useProjectStore, import.meta.hot))
