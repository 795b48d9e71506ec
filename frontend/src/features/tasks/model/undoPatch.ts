// Undoes a change of a task, unless somebody else has changed the same fields since.
import type { Task, TaskPatch, Uuid } from '@/api/types'
import { isSameTag } from '@/lib/tagNames'

const FIELDS = [
  'title',
  'description',
  'status',
  'priority',
  'tags',
  'assignee_id',
  'start_date',
  'start_at',
  'due_date',
  'due_at',
  'parent_id',
  'project_id',
] as const

type Field = (typeof FIELDS)[number]

/** A day and an instant are one field in two forms: who sets the one clears the other. */
const PARTNERS: Partial<Record<Field, Field>> = {
  due_date: 'due_at',
  due_at: 'due_date',
  start_date: 'start_at',
  start_at: 'start_date',
}

/** The fields that a patch sets. */
function fieldsOf(patch: TaskPatch): Field[] {
  return FIELDS.filter((field) => patch[field] !== undefined)
}

/** The task that stands right before it among those known of its project, to be put after again; `null` for the first place. */
export function previousOf(task: Task, all: Iterable<Task>): Uuid | null {
  let previous: Task | null = null
  for (const other of all) {
    if (other.project_id !== task.project_id || other.id === task.id || other.position >= task.position)
      continue
    if (previous === null || other.position > previous.position) previous = other
  }
  return previous?.id ?? null
}

/** The patch that restores `task` to its state before `patch`. */
export function inversePatch(task: Task, patch: TaskPatch, previous: () => Uuid | null): TaskPatch {
  const inverse: Record<string, unknown> = {}
  for (const field of fieldsOf(patch)) {
    const partner = PARTNERS[field]
    // Of the two forms the one that was set; setting it clears the other.
    if (partner !== undefined && task[field] === null && task[partner] !== null)
      inverse[partner] = task[partner]
    else inverse[field] = task[field]
  }
  // Only tags that the patch added or removed are named, so tags changed by others stay.
  const added = patch.add_tags?.filter((name) => !task.tags.some((tag) => isSameTag(tag, name)))
  const removed = task.tags.filter((tag) => patch.remove_tags?.some((name) => isSameTag(tag, name)))
  if (added?.length) inverse.remove_tags = added
  if (removed.length) inverse.add_tags = removed
  if (patch.project_id !== undefined) {
    // Another project has its own people and no place for a subtask.
    inverse.assignee_id = task.assignee_id
    if (task.parent_id !== null) inverse.parent_id = task.parent_id
  }
  if (patch.after !== undefined || patch.project_id !== undefined) inverse.after = previous()
  return inverse
}

/** Whether every field set by the change still has its value. */
export function isAsLeft(now: Task, left: Task, patch: TaskPatch): boolean {
  return fieldsOf(patch).every((field) => JSON.stringify(now[field]) === JSON.stringify(left[field]))
}
