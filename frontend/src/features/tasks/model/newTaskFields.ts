// The values a new task needs to show up where it is added: those of the page's filters.
import type { Day, TaskInput, Uuid } from '@/api/types'
import type { Filters } from './filterQuery'

function dueFor({ due, from, to }: Filters, today: Day): Day | undefined {
  // "Overdue" and "no date" ask for nothing that one would give a new task.
  if (due === 'today' || due === 'week') return today
  if (from !== null && from > today) return from
  if (to !== null && to < today) return to
  return (from ?? to) ? today : undefined
}

/** `me` is the person adding. For statuses, the first requested one that the list shows. */
export function newTaskFields(filters: Filters, today: Day, me: Uuid | undefined): Partial<TaskInput> {
  const fields: Partial<TaskInput> = {}
  const [status] = filters.status
  const priority = filters.priority.at(-1)
  const due = dueFor(filters, today)
  if (status !== undefined && !filters.status.includes('todo')) fields.status = status
  if (priority !== undefined && !filters.priority.includes('none')) fields.priority = priority
  if (filters.tag.length > 0) fields.tags = [...filters.tag]
  if (due !== undefined) fields.due_date = due
  if (filters.assignee === 'me') fields.assignee_id = me
  else if (filters.assignee !== null && filters.assignee !== 'none') fields.assignee_id = filters.assignee
  return fields
}
