// What a change will do to a task, guessed here so that it shows at once. The server's answer replaces the guess.
import type { Task, TaskInput, TaskPatch, Uuid } from '@/api/types'
import { provisionalPosition } from '@/lib/position'
import { isSameTag } from '@/lib/tagNames'
import { isClosed } from './taskFilter'

export interface PatchContext {
  now: number
  me: Uuid | null
  /** The position of another task, to come after it. */
  positionOf: (id: Uuid) => string | undefined
}

/** A day and an instant exclude each other: setting one clears the other. */
function withDates(task: Task, patch: TaskPatch): Task {
  const next = { ...task }
  if (patch.due_date != null) next.due_at = null
  if (patch.due_at != null) next.due_date = null
  if (patch.start_date != null) next.start_at = null
  if (patch.start_at != null) next.start_date = null
  return next
}

function withTags(tags: readonly string[], { add_tags = [], remove_tags = [] }: TaskPatch): string[] {
  const kept = tags.filter((tag) => !remove_tags.some((name) => isSameTag(name, tag)))
  return [...kept, ...add_tags.filter((name) => !kept.some((tag) => isSameTag(tag, name)))]
}

export function applyPatch(task: Task, patch: TaskPatch, context: PatchContext): Task {
  const { after, add_tags, remove_tags, ...fields } = patch
  const now = new Date(context.now).toISOString()
  const next = withDates({ ...task, ...fields, updated_at: now }, patch)
  if (add_tags ?? remove_tags) next.tags = withTags(task.tags, patch)
  if (fields.status !== undefined && fields.status !== task.status) {
    next.completed_at = fields.status === 'done' ? now : null
  }
  if (after !== undefined) {
    next.position = provisionalPosition(after === null ? null : (context.positionOf(after) ?? null))
  }
  return next
}

export function draftTask(input: TaskInput & { id: Uuid; project_id: Uuid }, context: PatchContext): Task {
  const now = new Date(context.now).toISOString()
  const blank: Task = {
    id: input.id,
    project_id: input.project_id,
    parent_id: null,
    title: input.title,
    description: '',
    status: 'todo',
    priority: 'none',
    tags: [],
    assignee_id: null,
    created_by: context.me,
    start_date: null,
    start_at: null,
    due_date: null,
    due_at: null,
    position: '',
    subtasks: { total: 0, done: 0 },
    completed_at: null,
    deleted_at: null,
    created_at: now,
    updated_at: now,
    version: 0,
  }
  return applyPatch(blank, { after: null, ...input }, context)
}

/** The project whose number of open tasks counts it. Subtasks count as little as they stand in its list. */
function countedIn(task: Task | undefined): Uuid | null {
  return task?.parent_id === null && !isClosed(task) ? task.project_id : null
}

/** By how much a change moves the number of open tasks of a project. */
export function openDelta(before: Task | undefined, after: Task | undefined, projectId: Uuid): number {
  const counts = (task: Task | undefined) => (countedIn(task) === projectId ? 1 : 0)
  return counts(after) - counts(before)
}

/** Whether the number of open tasks counts both alike. */
export function countsAlike(a: Task, b: Task): boolean {
  return countedIn(a) === countedIn(b)
}
