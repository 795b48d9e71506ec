// The requests behind a project's lists and columns: the same filters, cut by status.
import type { TaskQuery, TaskStatus, Uuid } from '@/api/types'
import { countFilters, toTaskQuery, type Filters } from './filterQuery'

export const OPEN: readonly TaskStatus[] = ['todo', 'in_progress']
export const CLOSED: readonly TaskStatus[] = ['done', 'cancelled']

/**
 * `null` when the filters leave none of these statuses. Subtasks show under their task; but who looks for something
 * finds them too.
 */
export function statusQuery(
  filters: Filters,
  projectId: Uuid,
  statuses: readonly TaskStatus[],
): TaskQuery | null {
  const status = filters.status.length
    ? statuses.filter((one) => filters.status.includes(one))
    : [...statuses]
  if (status.length === 0) return null
  const query = toTaskQuery({ ...filters, project: projectId, status })
  return countFilters({ ...filters, status: [] }) === 0 ? { ...query, parent_id: 'none' } : query
}

/** Whether the rows stand in the order that people give them. */
export function isManualOrder(filters: Filters): boolean {
  return (filters.sort === null || filters.sort === 'position') && filters.q.trim() === ''
}
