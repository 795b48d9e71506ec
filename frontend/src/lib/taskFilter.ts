// Does a task belong to a list? The same answer as the server's for every filter but the search text,
// so that a live event makes a task appear in the shown list or vanish from it.
import type { Day, Task, TaskFilter, Uuid } from '@/api/types'
import { addDays, dayOf, momentOf } from './dates'

export interface FilterContext {
  /** The user that `assignee_id=me` means. */
  me: Uuid | undefined
  timeZone: string
  now: number
  isArchived: (projectId: Uuid) => boolean
}

export function isClosed(task: Pick<Task, 'status'>): boolean {
  return task.status === 'done' || task.status === 'cancelled'
}

/** The day on which a task is due, where the person is. */
export function dueDay(task: Pick<Task, 'due_date' | 'due_at'>, timeZone: string): Day | null {
  if (task.due_date !== null) return task.due_date
  return task.due_at === null ? null : dayOf(Date.parse(task.due_at), timeZone)
}

/** The moment by which lists are bounded and sorted: a day counts from its beginning. */
export function dueMoment(task: Pick<Task, 'due_date' | 'due_at'>, timeZone: string): number | null {
  const due = task.due_at ?? task.due_date
  return due === null ? null : momentOf(due, timeZone)
}

export function isOverdue(
  task: Pick<Task, 'status' | 'due_date' | 'due_at'>,
  { now, timeZone }: Pick<FilterContext, 'now' | 'timeZone'>,
): boolean {
  if (isClosed(task)) return false
  if (task.due_at !== null) return Date.parse(task.due_at) < now
  return task.due_date !== null && task.due_date < dayOf(now, timeZone)
}

function isDueWithin(task: Task, days: number, { now, timeZone }: FilterContext): boolean {
  const day = dueDay(task, timeZone)
  const today = dayOf(now, timeZone)
  return day !== null && day >= today && day < addDays(today, days)
}

function matchesDue(task: Task, filter: TaskFilter, context: FilterContext): boolean {
  switch (filter.due) {
    case 'today':
      return isDueWithin(task, 1, context)
    case 'week':
      return isDueWithin(task, 7, context)
    case 'overdue':
      return isOverdue(task, context)
    case 'none':
      return task.due_date === null && task.due_at === null
    default:
      return true
  }
}

function matchesDueRange(task: Task, filter: TaskFilter, { timeZone }: FilterContext): boolean {
  if (filter.due_after === undefined && filter.due_before === undefined) return true
  const due = dueMoment(task, timeZone)
  if (due === null) return false
  if (filter.due_after !== undefined && due < momentOf(filter.due_after, timeZone)) return false
  return filter.due_before === undefined || due < momentOf(filter.due_before, timeZone)
}

function matchesAssignee(task: Task, assignee: TaskFilter['assignee_id'], me: Uuid | undefined): boolean {
  if (assignee === undefined) return true
  if (assignee === 'none') return task.assignee_id === null
  return task.assignee_id === (assignee === 'me' ? me : assignee)
}

function matchesTags(task: Task, names: string[] | undefined): boolean {
  if (!names?.length) return true
  const has = new Set(task.tags.map((name) => name.toLowerCase()))
  return names.every((name) => has.has(name.toLowerCase()))
}

export function matchesFilter(task: Task, filter: TaskFilter, context: FilterContext): boolean {
  if (task.deleted_at !== null) return false
  if (filter.project_id !== undefined && task.project_id !== filter.project_id) return false
  if (filter.parent_id === 'none' && task.parent_id !== null) return false
  if (filter.parent_id !== undefined && filter.parent_id !== 'none' && task.parent_id !== filter.parent_id) {
    return false
  }
  if (filter.status?.length && !filter.status.includes(task.status)) return false
  if (filter.priority?.length && !filter.priority.includes(task.priority)) return false
  if (!filter.archived && context.isArchived(task.project_id)) return false
  return (
    matchesAssignee(task, filter.assignee_id, context.me) &&
    matchesTags(task, filter.tag) &&
    matchesDue(task, filter, context) &&
    matchesDueRange(task, filter, context)
  )
}
