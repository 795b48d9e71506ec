// My projects, and of each its members, invitations and tags.
import { acceptHMRUpdate, defineStore } from 'pinia'
import { computed, ref, shallowReactive, shallowRef } from 'vue'
import { type ApiError, toApiError } from '@/api/errors'
import type { GrantedRole, Project, ProjectInput, ProjectPatch, SharedProject, Uuid } from '@/api/types'
import { useAuthStore } from '@/features/session'
import { provisionalPosition } from '@/lib/position'
import { createPending } from '@/lib/usePending'
import { uuidv7 } from '@/lib/uuid'
import { createEntityList, whole } from '@/sync/entityList'
import { EntityStore } from '@/sync/entityStore'
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
  const projects = new EntityStore(byId, {
    idOf: ({ id }) => id,
    versionOf: ({ version }) => version,
    commands: {
      create: {
        show: (id: Uuid, input: ProjectInput) => {
          const draft = draftOf(id, input)
          return (known: Project | undefined) => known ?? draft
        },
        send: (id: Uuid, input: ProjectInput) => api.createProject({ ...input, id }),
      },
      update: { show: shownUpdate, send: sendUpdate },
      remove: { show: () => () => undefined, send: (id: Uuid) => api.deleteProject(id), settle: () => null },
      leave: {
        show: () => () => undefined,
        send: (id: Uuid) => api.removeMember(id, auth.user?.id ?? ''),
        settle: () => null,
      },
    },
  })
  const trash = createEntityList({
    ask: async () => whole(await api.listDeletedProjects()),
    newAt: 'start',
    idOf: (project: Project) => project.id,
    commands: { restore: { send: (id: Uuid) => api.restoreProject(id), settle: () => null } },
  })
  const loaded = ref(false)
  const loading = ref(false)
  const error = shallowRef<ApiError | null>(null)
  const members = createProjectMembers()
  const invitations = createProjectInvitations()
  const tags = createProjectTags()
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
      if (!projects.take(own, items)) return
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

  function draftOf(id: Uuid, { name, color, icon }: ProjectInput): Project {
    const now = new Date().toISOString()
    return {
      id,
      name,
      color: color ?? PROJECT_COLORS[0],
      icon: icon ?? NO_ICON,
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
  }

  function shownUpdate(_id: Uuid, { after, archived: archive, ...fields }: ProjectPatch) {
    const now = new Date().toISOString()
    return (project: Project | undefined): Project | undefined => {
      if (!project) return undefined
      const next = { ...project, ...fields }
      if (archive !== undefined) next.archived_at = archive ? now : null
      if (after !== undefined)
        next.position = provisionalPosition(after && (byId.get(after)?.position ?? null))
      return next
    }
  }

  async function sendUpdate(id: Uuid, patch: ProjectPatch): Promise<Project> {
    const since = counts.now()
    return numbered(await api.updateProject(id, patch), since)
  }

  function create(input: ProjectInput): Promise<Project> {
    return projects.dispatch('create', input.id ?? uuidv7(), input)
  }

  async function update(id: Uuid, patch: ProjectPatch): Promise<void> {
    await track('update', id, () => projects.dispatch('update', id, patch))
  }

  function move(id: Uuid, after: Uuid | null): Promise<void> {
    return update(id, { after })
  }

  async function remove(id: Uuid): Promise<void> {
    await track('remove', id, () => projects.dispatch('remove', id, undefined))
  }

  async function leave(id: Uuid): Promise<void> {
    await track('remove', id, () => projects.dispatch('leave', id, undefined))
  }

  async function restore(id: Uuid): Promise<void> {
    const project = await track('restore', id, () => trash.store.dispatch('restore', id, undefined))
    projects.put(project, 'event')
  }

  /** A project from the user's own feed, including their role, position and count. */
  function receive(project: Project): void {
    // Its number was right when the event was written; the events of tasks come on another topic.
    const known = projects.confirmed(project.id)
    if (known && known.open_tasks !== project.open_tasks) counts.doubt(project.id)
    const current = known ? { ...project, open_tasks: known.open_tasks } : project
    if (projects.put(current, 'event')) members.receiveOwner(project.id, project.owner_id)
  }

  /** A project as all members see it; the user's own fields stay as they were. */
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
    trash.clear()
    loaded.value = false
    error.value = null
  }

  return {
    byId,
    inbox,
    active,
    archived,
    trash: trash.items,
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
    loadTrash: () => trash.load(),
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
    invite: (projectId: Uuid, email: string, role: GrantedRole) =>
      track('invite', projectId, () => invitations.invite(projectId, email, role)),
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
