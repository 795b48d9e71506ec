// Tasks by id, and the lists that show them. Every change shows immediately and is reverted if the server refuses it.
import { acceptHMRUpdate, defineStore } from 'pinia'
import { shallowReactive } from 'vue'
import { ApiError } from '@/api/errors'
import type { Task, TaskInput, TaskPatch, TaskQuery, Uuid } from '@/api/types'
import { useProjectStore } from '@/features/projects'
import { useAuthStore } from '@/features/session'
import { shelfOf } from '@/lib/storage'
import { usableTimeZone } from '@/lib/timeZones'
import { uuidv7 } from '@/lib/uuid'
import { EntityStore, type Source } from '@/sync/entityStore'
import { createOutbox, type QueuedChange } from '@/sync/outbox'
import * as api from '../api'
import type { FilterContext } from '../model/taskFilter'
import { applyPatch, countsAlike, draftTask, openDelta, type PatchContext } from '../model/taskPatch'
import { createTaskLists } from './taskLists'
import { createTaskTrash } from './taskTrash'

interface Update {
  patch: TaskPatch
  /** The version that the person saw. */
  ifMatch?: number | undefined
}

export const useTaskStore = defineStore('tasks', () => {
  const auth = useAuthStore()
  const projects = useProjectStore()
  const byId = shallowReactive(new Map<Uuid, Task>())
  const tasks = new EntityStore(byId, {
    idOf: ({ id }) => id,
    versionOf: ({ version }) => version,
    onChange: taskChanged,
    outbox: () => createOutbox('tasks', shelfOf(auth.user?.id)),
    commands: {
      create: { show: shownNew, send: sendNew },
      update: {
        show: (_id: Uuid, { patch }: Update) => {
          const context = patchContext()
          return (task: Task | undefined) => task && applyPatch(task, patch, context)
        },
        send: (id: Uuid, { patch, ifMatch }: Update) => api.updateTask(id, patch, ifMatch),
      },
      remove: {
        show: () => () => undefined,
        alongside: subtaskIds,
        send: (id: Uuid) => api.deleteTask(id),
        settle: () => null,
      },
    },
  })
  const lists = createTaskLists({
    get,
    put: (task) => putLoaded(task),
    changing: () => tasks.changingIds(),
    context: filterContext,
    onForgotten: sweep,
  })
  /** Tasks shown outside of lists: the open task and its parent. */
  const held = new Map<Uuid, number>()
  /** What this tab knows from an answer: the event that tells the same may not be counted yet. */
  const loadedNow = new Set<Uuid>()
  const trash = createTaskTrash()

  function get(id: Uuid): Task | undefined {
    return byId.get(id)
  }

  function filterContext(): FilterContext {
    return {
      me: auth.user?.id,
      timeZone: usableTimeZone(auth.user?.time_zone),
      now: Date.now(),
      isArchived: (id) => projects.get(id)?.archived_at != null,
      isAlone: (id) => projects.get(id)?.member_count === 1,
    }
  }

  function patchContext(): PatchContext {
    return { now: Date.now(), me: auth.user?.id ?? null, positionOf: (id) => byId.get(id)?.position }
  }

  function taskChanged(id: Uuid, before: Task | undefined, after: Task | undefined, source: Source): void {
    lists.taskChanged(id)
    // Tasks that were merely loaded are already in the server's count; for unknown new ones this is undecidable.
    if (source === 'load' || (source === 'event' && !before)) return
    for (const projectId of new Set([before?.project_id, after?.project_id])) {
      if (projectId === undefined) continue
      const delta = openDelta(before, after, projectId)
      if (delta !== 0) projects.adjustOpenTasks(projectId, delta)
    }
  }

  function putLoaded(task: Task): void {
    if (tasks.put(task)) loadedNow.add(task.id)
  }

  /** If the task was not known here, only the server knows whether this event changes the number next to the project. */
  function doubtCount(task: Task): void {
    const known = tasks.confirmed(task.id)
    const fromAnswer = loadedNow.delete(task.id)
    // Ours: it is counted with the change.
    if (tasks.isChanging(task.id)) return
    if (known && task.version <= known.version && !fromAnswer) return
    const isSure = known && known.version < task.version && countsAlike(known, task)
    if (!isSure)
      for (const id of new Set([known?.project_id, task.project_id])) if (id) projects.doubtOpenTasks(id)
  }

  /** Evicts tasks that no list or view holds, so that memory stays bounded over a long day. */
  function sweep(): void {
    if (lists.isLoading()) return
    const listed = lists.listedIds()
    const parents = new Set([...listed].map((id) => byId.get(id)?.parent_id))
    for (const id of [...byId.keys()]) {
      if (!listed.has(id) && !held.has(id) && !parents.has(id)) {
        tasks.evict(id)
        loadedNow.delete(id)
      }
    }
  }

  function isLookedAt(task: Task): boolean {
    const isNamedByRows = task.subtasks.total > 0 && subtaskIds(task.id).length > 0
    return held.has(task.id) || lists.isListed(task.id) || lists.isLoading() || isNamedByRows
  }

  /** Keeps a task although no list has it, until the returned function is called. */
  function hold(id: Uuid): () => void {
    held.set(id, (held.get(id) ?? 0) + 1)
    return () => {
      const rest = (held.get(id) ?? 1) - 1
      if (rest > 0) held.set(id, rest)
      else held.delete(id)
    }
  }

  function itemsOf(query: TaskQuery): Task[] {
    return lists.listOf(query).ids.flatMap((id) => byId.get(id) ?? [])
  }

  async function fetch(id: Uuid): Promise<Task> {
    const task = await api.getTask(id)
    putLoaded(task)
    return byId.get(id) ?? task
  }

  /** Reloads tasks shown on their own; missing ones are removed. */
  async function refetchHeld(projectIds?: ReadonlySet<Uuid>): Promise<void> {
    const ids = [...held.keys()].filter((id) => {
      const task = tasks.confirmed(id)
      return !task || !projectIds || projectIds.has(task.project_id)
    })
    await Promise.all(
      ids.map(async (id) => {
        try {
          await fetch(id)
        } catch (problem) {
          if (problem instanceof ApiError && problem.type === 'not-found') tasks.drop(id, 'load')
        }
      }),
    )
  }

  /** Reloads what is shown of those projects, or of all. */
  async function reload(projectIds?: ReadonlySet<Uuid>): Promise<void> {
    await Promise.all([lists.reload(projectIds), refetchHeld(projectIds)])
  }

  /** While it is pending, the server may or may not have counted the change. */
  async function counting<T>(projectIds: (Uuid | undefined)[], change: () => Promise<T>): Promise<T> {
    const endCounting = projects.beginCounting(new Set(projectIds.filter((id) => id !== undefined)))
    try {
      return await change()
    } finally {
      endCounting()
    }
  }

  /** Subtasks are removed with their task, and not all of them may be known here. */
  function doubtFamily(task: Task | undefined, patch: TaskPatch): void {
    const takesAlong = patch.status !== undefined || patch.project_id !== undefined
    if (!task || !takesAlong || task.subtasks.total === 0) return
    projects.doubtOpenTasks(task.project_id)
    if (patch.project_id) projects.doubtOpenTasks(patch.project_id)
  }

  function projectOf(input: TaskInput): Uuid {
    return input.project_id ?? projects.inbox?.id ?? ''
  }

  function shownNew(id: Uuid, input: TaskInput) {
    const project_id = projectOf(input)
    const after = input.parent_id ? lastSubtask(input.parent_id) : lastTask(project_id)
    const draft = draftTask({ after, ...input, id, project_id }, patchContext())
    return (known: Task | undefined) => known ?? draft
  }

  /** The id is created here, so that retrying after a lost response does not create a second task. */
  function sendNew(id: Uuid, input: TaskInput): Promise<Task> {
    const send = () => api.createTask({ ...input, id })
    return send().catch((problem: unknown) => {
      if (problem instanceof ApiError && problem.type === 'network') return send()
      throw problem
    })
  }

  /** With `keep` it is kept in this tab until the server answers: see `unsent`. */
  async function create(input: TaskInput, options: { keep?: boolean } = {}): Promise<Task> {
    const id = input.id ?? uuidv7()
    const task = await counting([projectOf(input)], () => tasks.dispatch('create', id, input, options))
    loadedNow.delete(id)
    return task
  }

  /** Sends a kept creation again. */
  async function resend(change: QueuedChange): Promise<Task> {
    const task = await counting([projectOf(change.input as TaskInput)], () => tasks.resend(change))
    loadedNow.delete(change.thing)
    return task as Task
  }

  /**
   * Changes the fields given. With `ifMatch` (the version that the person saw) the server refuses to overwrite
   * what somebody else wrote meanwhile: then the task becomes what it is now, and the call rejects with a 412.
   */
  async function update(id: Uuid, patch: TaskPatch, options: { ifMatch?: number } = {}): Promise<Task> {
    const before = byId.get(id)
    try {
      const places = [before?.project_id, patch.project_id]
      const answer = await counting(places, () => tasks.dispatch('update', id, { patch, ...options }))
      loadedNow.delete(id)
      doubtFamily(before, patch)
      return answer
    } catch (problem) {
      const conflict = problem instanceof ApiError && problem.type === 'version-conflict'
      if (conflict && problem.current) tasks.put(problem.current as Task)
      throw problem
    }
  }

  /** Moves within the manual order: to come after that task, or first. */
  function move(id: Uuid, after: Uuid | null): Promise<Task> {
    return update(id, { after })
  }

  /** Puts a task and its subtasks into the trash. */
  async function remove(id: Uuid): Promise<void> {
    const task = get(id)
    const known = subtaskIds(id).length
    await counting([task?.project_id], () => tasks.dispatch('remove', id, undefined))
    if (!task) return
    if (task.subtasks.total > known) projects.doubtOpenTasks(task.project_id)
    trash.add({ ...task, deleted_at: new Date().toISOString() })
  }

  function subtaskIds(parentId: Uuid): Uuid[] {
    return [...byId.values()].filter((task) => task.parent_id === parentId).map(({ id }) => id)
  }

  /** A new task comes last, as on the server. */
  function lastOf(candidates: Iterable<Task>): Uuid | null {
    let last: Task | null = null
    for (const task of candidates) if (last === null || task.position > last.position) last = task
    return last?.id ?? null
  }

  function lastTask(projectId: Uuid): Uuid | null {
    return lastOf([...byId.values()].filter((task) => task.project_id === projectId))
  }

  function lastSubtask(parentId: Uuid): Uuid | null {
    return (
      lastOf(subtaskIds(parentId).flatMap((id) => byId.get(id) ?? [])) ??
      lastTask(get(parentId)?.project_id ?? '')
    )
  }

  async function restore(id: Uuid): Promise<Task> {
    const task = await trash.restore(id)
    tasks.put(task, 'event')
    projects.doubtOpenTasks(task.project_id)
    return task
  }

  /** A task as it is now, from the live connection. */
  function receive(task: Task): void {
    trash.takeOut(task.id)
    doubtCount(task)
    tasks.put(task, 'event')
    // It belongs to another project or to a page that is not loaded: nothing shows it.
    if (!isLookedAt(task)) tasks.evict(task.id)
  }

  /** It has left that project; a task that is already known in another one stays. */
  function receiveGone(projectId: Uuid, id: Uuid, subtaskIds: Uuid[], moved: boolean): void {
    const task = tasks.confirmed(id)
    if (task?.project_id === projectId && !moved) {
      trash.add({ ...task, deleted_at: new Date().toISOString() })
    }
    const family = [id, ...subtaskIds]
    // An unseen change was counted and no longer is; a local one is not counted any more.
    if (family.some((member) => !byId.has(member) && !tasks.hasGone(member)))
      projects.doubtOpenTasks(projectId)
    for (const member of family) {
      if (tasks.confirmed(member)?.project_id === projectId) tasks.drop(member)
    }
  }

  function receivePurged(id: Uuid): void {
    trash.takeOut(id)
    tasks.drop(id)
  }

  function receiveUnassigned(projectId: Uuid, userId: Uuid): void {
    for (const { id } of [...byId.values()]) {
      const known = tasks.confirmed(id)
      if (known?.project_id === projectId && known.assignee_id === userId) {
        tasks.put({ ...known, assignee_id: null }, 'event')
      }
    }
  }

  function dropProject(projectId: Uuid): void {
    for (const task of [...byId.values()]) if (task.project_id === projectId) tasks.drop(task.id)
  }

  function reset(): void {
    tasks.clear()
    loadedNow.clear()
    lists.reset()
    trash.reset()
  }

  return {
    byId,
    trash: trash.items,
    trashCursor: trash.nextCursor,
    isPending: tasks.isPending.bind(tasks),
    get,
    listOf: lists.listOf,
    itemsOf,
    load: lists.load,
    reload,
    showList: lists.show,
    leaveList: lists.leave,
    hold,
    retryFailed: lists.retryFailed,
    fetch,
    create,
    unsent: () => tasks.unsent(),
    resend,
    discard: (change: QueuedChange) => tasks.discard(change),
    update,
    move,
    remove,
    restore,
    purge: trash.purge,
    loadTrash: trash.load,
    receive,
    receiveGone,
    receivePurged,
    receiveUnassigned,
    dropProject,
    reset,
  }
})

if (import.meta.hot) import.meta.hot.accept(acceptHMRUpdate(useTaskStore, import.meta.hot))
