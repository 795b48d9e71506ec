// The undo history, newest last: every task change by this person in this tab.
import { acceptHMRUpdate, defineStore } from 'pinia'
import { shallowReactive } from 'vue'
import { toApiError } from '@/api/errors'
import type { Task, TaskPatch, Uuid } from '@/api/types'
import { inversePatch, isAsLeft, previousOf } from '../model/undoPatch'
import { useTaskStore } from './tasks'

type Deed =
  | { kind: 'update'; id: Uuid; before: Task; after: Task; patch: TaskPatch; inverse: TaskPatch }
  | { kind: 'remove'; id: Uuid; task: Task }
  | { kind: 'create'; id: Uuid; task: Task }

/** `serial` stays the same while a step grows. */
export type Step = Deed & { serial: number; at: number }

export type Outcome = 'undone' | 'changed' | 'gone'

const MAX_STEPS = 50
const CHANGES: ReadonlySet<string> = new Set(['update', 'move', 'remove', 'create', 'resend'])
/** Pauses in writing that are shorter than this make one step of it. */
const WRITING_MS = 30_000

function isText(patch: TaskPatch): boolean {
  return Object.keys(patch).every((field) => field === 'title' || field === 'description')
}

export const useHistoryStore = defineStore('history', () => {
  const tasks = useTaskStore()
  const steps = shallowReactive<Step[]>([])
  const listeners = new Set<(step: Step) => void>()
  /** Actions that the server has not answered yet: undoing this soon refers to the last of them. */
  const underWay = new Set<Promise<void>>()
  let replaying = false
  let lastSerial = 0

  function push(deed: Deed): void {
    const step: Step = { ...deed, serial: (lastSerial += 1), at: Date.now() }
    steps.push(step)
    if (steps.length > MAX_STEPS) steps.shift()
    for (const listener of listeners) listener(step)
  }

  /** More of the same text belongs to the step that began it. Whether it did. */
  function extendLast(id: Uuid, patch: TaskPatch, after: Task): boolean {
    const last = steps.at(-1)
    if (last?.kind !== 'update' || last.id !== id || !isText(patch) || !isText(last.patch)) return false
    const sameFields = Object.keys(patch).join() === Object.keys(last.patch).join()
    if (!sameFields || Date.now() - last.at > WRITING_MS) return false
    steps.splice(-1, 1, { ...last, at: Date.now(), after, patch })
    return true
  }

  function updated(id: Uuid, patch: TaskPatch, before: Task, inverse: TaskPatch, after: Task): void {
    if (before.version === after.version || extendLast(id, patch, after)) return
    push({ kind: 'update', id, before, after, patch, inverse })
  }

  /** Until the deed has become a step, or was refused. */
  function waitFor(onEnd: (end: () => void) => void): void {
    const deed = new Promise<void>((resolve) =>
      onEnd(() => {
        underWay.delete(deed)
        resolve()
      }),
    )
    underWay.add(deed)
  }

  tasks.$onAction(({ name, args, after, onError }) => {
    if (replaying) return
    if (name === 'update' || name === 'move') {
      const [id, given] = args as [Uuid, TaskPatch | Uuid | null]
      const patch: TaskPatch = name === 'move' ? { after: given as Uuid | null } : (given as TaskPatch)
      const before = tasks.get(id)
      if (!before) return
      const inverse = inversePatch(before, patch, () => previousOf(before, tasks.byId.values()))
      after((task) => updated(id, patch, before, inverse, task as Task))
    } else if (name === 'remove') {
      const task = tasks.get(args[0] as Uuid)
      if (task) after(() => push({ kind: 'remove', id: task.id, task }))
    } else if (name === 'create' || name === 'resend') {
      after((made) => {
        const task = made as Task
        push({ kind: 'create', id: task.id, task })
      })
    } else if (name === 'reset') steps.splice(0)
    if (CHANGES.has(name)) {
      waitFor((end) => {
        after(end)
        onError(end)
      })
    }
  })

  /** Calls an action of the store of tasks without remembering it. */
  function replay<T>(action: () => T): T {
    replaying = true
    try {
      return action()
    } finally {
      replaying = false
    }
  }

  /** The store has evicted tasks that no list shows. */
  async function find(id: Uuid): Promise<Task | null> {
    const known = tasks.get(id)
    if (known) return known
    try {
      return await tasks.fetch(id)
    } catch (problem) {
      if (toApiError(problem).status === 404) return null
      throw problem
    }
  }

  async function takeBack(step: Step): Promise<Outcome> {
    if (step.kind === 'remove') {
      await replay(() => tasks.restore(step.id))
      return 'undone'
    }
    const now = await find(step.id)
    if (!now) return 'gone'
    if (step.kind === 'create') await replay(() => tasks.remove(step.id))
    else if (isAsLeft(now, step.after, step.patch)) await replay(() => tasks.update(step.id, step.inverse))
    else return 'changed'
    return 'undone'
  }

  /** Undoes the given step, or the newest; `null` if there is none. A failed undo can be retried. */
  async function undo(given?: Step): Promise<Outcome | null> {
    if (!given) await Promise.all(underWay)
    const step = given ?? steps.at(-1)
    const index = step ? steps.findIndex(({ serial }) => serial === step.serial) : -1
    const [taken] = index < 0 ? [] : steps.splice(index, 1)
    if (!taken) return null
    try {
      return await takeBack(taken)
    } catch (problem) {
      steps.push(taken)
      throw problem
    }
  }

  function onStep(listener: (step: Step) => void): () => void {
    listeners.add(listener)
    return () => listeners.delete(listener)
  }

  const isEmpty = (): boolean => steps.length === 0 && underWay.size === 0

  return { steps, isEmpty, undo, onStep }
})

if (import.meta.hot) import.meta.hot.accept(acceptHMRUpdate(useHistoryStore, import.meta.hot))
