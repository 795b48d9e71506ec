// Tasks by id, and the lists that show them. Every change shows at once and goes back when the server refuses it.
import { acceptHMRUpdate, defineStore } from 'pinia'
import { shallowReactive } from 'vue'
import { ApiError } from '@/api/errors'
import * as api from '@/api/tasks'
import type { Task, TaskInput, TaskPatch, TaskQuery, Uuid } from '@/api/types'
import { createPending } from '@/composables/usePending'
import { OptimisticMap, type Change, type Source } from '@/lib/optimistic'
import type { FilterContext } from '@/lib/taskFilter'
import { applyPatch, draftTask, openDelta, type PatchContext } from '@/lib/taskPatch'
import { usableTimeZone } from '@/lib/timeZones'
import { uuidv7 } from '@/lib/uuid'
import { useAuthStore } from './auth'
import { useProjectStore } from './projects'
import { createTaskLists } from './taskLists'
import { createTaskTrash } from './taskTrash'

export const useTaskStore = defineStore('tasks', () => {
  const auth = useAuthStore()
  const projects = useProjectStore()
  const { isPending, track } = createPending()
  const byId = shallowReactive(new Map<Uuid, Task>())
  const tasks = new OptimisticMap<Task>(byId, taskChanged)
  const lists = createTaskLists({ get, put: (task) => tasks.put(task), context: filterContext })
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
    }
  }

  function patchContext(): PatchContext {
    return { now: Date.now(), me: auth.user?.id ?? null, positionOf: (id) => byId.get(id)?.position }
  }

  function taskChanged(id: Uuid, before: Task | undefined, after: Task | undefined, source: Source): void {
    lists.taskChanged(id)
    // What was only loaded was counted by the server already.
    if (source === 'load') return
    for (const projectId of new Set([before?.project_id, after?.project_id])) {
      if (projectId === undefined) continue
      const delta = openDelta(before, after, projectId)
      if (delta !== 0) projects.adjustOpenTasks(projectId, delta)
    }
  }

  function itemsOf(query: TaskQuery): Task[] {
    return lists.listOf(query).ids.flatMap((id) => byId.get(id) ?? [])
  }

  async function fetch(id: Uuid): Promise<Task> {
    const task = await api.getTask(id)
    tasks.put(task)
    return byId.get(id) ?? task
  }

  /** Sends, and puts the server's answer in the place of the guess, or takes the guess back. */
  async function settle<T extends Task | null>(change: Change<Task>, send: () => Promise<T>): Promise<T> {
    try {
      const answer = await send()
      change.commit(answer)
      return answer
    } catch (problem) {
      change.rollback()
      throw problem
    }
  }

  /** The id is made here, so that a second try after a lost answer does not make a second task. */
  async function create(input: TaskInput): Promise<Task> {
    const id = input.id ?? uuidv7()
    const projectId = input.project_id ?? projects.inbox?.id ?? ''
    // The server puts a new subtask last, and anything else first.
    const after = input.parent_id ? lastSubtask(input.parent_id) : null
    const draft = draftTask({ after, ...input, id, project_id: projectId }, patchContext())
    const change = tasks.change(id, (known) => known ?? draft)
    const send = () => api.createTask({ ...input, id })
    return track('create', id, () =>
      settle(change, () =>
        send().catch((problem: unknown) => {
          if (problem instanceof ApiError && problem.type === 'network') return send()
          throw problem
        }),
      ),
    )
  }

  /**
   * Changes the fields given. With `ifMatch` (the version that the person saw) the server refuses to overwrite
   * what somebody else wrote meanwhile: then the task becomes what it is now, and the call rejects with a 412.
   */
  async function update(id: Uuid, patch: TaskPatch, options: { ifMatch?: number } = {}): Promise<Task> {
    const context = patchContext()
    const change = tasks.change(id, (task) => task && applyPatch(task, patch, context))
    return track('update', id, async () => {
      try {
        return await settle(change, () => api.updateTask(id, patch, options.ifMatch))
      } catch (problem) {
        const conflict = problem instanceof ApiError && problem.type === 'version-conflict'
        if (conflict && problem.current) tasks.put(problem.current as Task)
        throw problem
      }
    })
  }

  /** Moves within the manual order: to come after that task, or first. */
  function move(id: Uuid, after: Uuid | null): Promise<Task> {
    return update(id, { after })
  }

  /** Puts a task and its subtasks into the trash. */
  async function remove(id: Uuid): Promise<void> {
    const task = get(id)
    const family = [id, ...subtaskIds(id)]
    const changes = family.map((member) => tasks.change(member, () => undefined))
    await track('remove', id, async () => {
      try {
        await api.deleteTask(id)
        for (const change of changes) change.commit(null)
        if (task) trash.add({ ...task, deleted_at: new Date().toISOString() })
      } catch (problem) {
        for (const change of changes) change.rollback()
        throw problem
      }
    })
  }

  function subtaskIds(parentId: Uuid): Uuid[] {
    return [...byId.values()].filter((task) => task.parent_id === parentId).map(({ id }) => id)
  }

  function lastSubtask(parentId: Uuid): Uuid | null {
    const siblings = subtaskIds(parentId).flatMap((id) => byId.get(id) ?? [])
    return (
      siblings.reduce<Task | null>(
        (last, task) => (last && last.position > task.position ? last : task),
        null,
      )?.id ?? null
    )
  }

  async function restore(id: Uuid): Promise<Task> {
    const putBack = trash.take(id)
    return track('restore', id, async () => {
      try {
        const task = await api.restoreTask(id)
        tasks.put(task, 'event')
        return task
      } catch (problem) {
        putBack()
        throw problem
      }
    })
  }

  function purge(id: Uuid): Promise<void> {
    return track('purge', id, () => trash.purge(id))
  }

  /** A task as it is now, from the live connection. */
  function receive(task: Task): void {
    trash.take(task.id)
    tasks.put(task, 'event')
  }

  /** Gone from that project; a task that we know in another one by now stays. */
  function receiveGone(projectId: Uuid, id: Uuid, subtaskIds: Uuid[], moved: boolean): void {
    const task = tasks.confirmed(id)
    if (task?.project_id === projectId && !moved) {
      trash.add({ ...task, deleted_at: new Date().toISOString() })
    }
    for (const member of [id, ...subtaskIds]) {
      if (tasks.confirmed(member)?.project_id === projectId) tasks.drop(member)
    }
  }

  function receivePurged(id: Uuid): void {
    trash.take(id)
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
    lists.reset()
    trash.reset()
  }

  return {
    byId,
    trash: trash.items,
    trashCursor: trash.nextCursor,
    isPending,
    get,
    listOf: lists.listOf,
    itemsOf,
    load: lists.load,
    reload: lists.reload,
    retryFailed: lists.retryFailed,
    fetch,
    create,
    update,
    move,
    remove,
    restore,
    purge,
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
