// Does a task belong to a list? The same answer as the server's for every filter but the search text,
// so that a live event makes a task appear in the shown list or vanish from it.
import type { Day, Instant, Task, TaskFilter, Uuid } from '@/api/types'
import { addDays, dayOf, isDay, momentOf } from '@/lib/dates'
import { nameKey } from '@/lib/fold'

export interface FilterContext {
  /** The user that `assignee_id=me` means. */
  me: Uuid | undefined
  timeZone: string
  now: number
  isArchived: (projectId: Uuid) => boolean
  /** Whether nobody else is a member. */
  isAlone: (projectId: Uuid) => boolean
}

export function isClosed(task: Pick<Task, 'status'>): boolean {
  return task.status === 'done' || task.status === 'cancelled'
}

/** The day on which a task is due, where the person is. */
export function dueDay(task: Pick<Task, 'due_date' | 'due_at'>, timeZone: string): Day | null {
  if (task.due_date !== null) return task.due_date
  return task.due_at === null ? null : dayOf(Date.parse(task.due_at), timeZone)
}

/** The moment by which lists are sorted: a day counts by its end where the reader is, after all times of that day. */
export function dueMoment(task: Pick<Task, 'due_date' | 'due_at'>, timeZone: string): number | null {
  if (task.due_at !== null) return Date.parse(task.due_at)
  return task.due_date === null ? null : momentOf(addDays(task.due_date, 1), timeZone) - 1
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

/** Days are compared with the bound's day where the person is, instants with the bound's moment. */
function isDueBefore(task: Task, bound: Day | Instant, timeZone: string): boolean {
  if (task.due_at !== null) return Date.parse(task.due_at) < momentOf(bound, timeZone)
  const day = isDay(bound) ? bound : dayOf(Date.parse(bound), timeZone)
  return task.due_date !== null && task.due_date < day
}

function matchesDueRange(task: Task, { due_after, due_before }: TaskFilter, timeZone: string): boolean {
  if (due_after === undefined && due_before === undefined) return true
  if (task.due_at === null && task.due_date === null) return false
  if (due_after !== undefined && isDueBefore(task, due_after, timeZone)) return false
  return due_before === undefined || isDueBefore(task, due_before, timeZone)
}

function matchesAssignee(task: Task, assignee: TaskFilter['assignee_id'], me: Uuid | undefined): boolean {
  if (assignee === undefined) return true
  if (assignee === 'none') return task.assignee_id === null
  return task.assignee_id === (assignee === 'me' ? me : assignee)
}

/** Mine to do, as the server says it. */
function isMine(task: Task, { me, isAlone }: FilterContext): boolean {
  if (task.assignee_id !== null) return task.assignee_id === me
  return task.created_by === me || isAlone(task.project_id)
}

function matchesTags(task: Task, names: string[] | undefined): boolean {
  if (!names?.length) return true
  const has = new Set(task.tags.map(nameKey))
  return names.every((name) => has.has(nameKey(name)))
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
  // Who names a project means it, archived or not.
  if (!filter.archived && filter.project_id === undefined && context.isArchived(task.project_id)) return false
  return (
    matchesAssignee(task, filter.assignee_id, context.me) &&
    (!filter.mine || isMine(task, context)) &&
    matchesTags(task, filter.tag) &&
    matchesDue(task, filter, context) &&
    matchesDueRange(task, filter, context.timeZone)
  )
}
