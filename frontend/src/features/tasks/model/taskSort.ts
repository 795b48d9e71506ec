// The order of a list, as the server sorts it, so that a live event puts a task in the right place.
import { TASK_PRIORITIES, TASK_STATUSES, type Task, type TaskQuery, type TaskSort } from '@/api/types'
import { compareText } from '@/lib/collation'
import { dueMoment } from './taskFilter'

type Key = string | number | null

/** `null`: only the server can tell the order. */
export type Comparator = (a: Task, b: Task) => number

export function effectiveSort(query: TaskQuery): TaskSort {
  if (query.sort) return query.sort
  if (query.q) return 'relevance'
  return query.project_id === undefined ? '-created_at' : 'position'
}

function keyOf(task: Task, key: string, timeZone: string): Key {
  switch (key) {
    case 'position':
      return task.position
    case 'created_at':
      return Date.parse(task.created_at)
    case 'updated_at':
      return Date.parse(task.updated_at)
    case 'completed_at':
      return task.completed_at === null ? null : Date.parse(task.completed_at)
    case 'due':
      return dueMoment(task, timeZone)
    case 'priority':
      return TASK_PRIORITIES.indexOf(task.priority)
    default:
      return TASK_STATUSES.indexOf(task.status)
  }
}

/** Text by its code units, which for positions (ASCII) is byte by byte. */
function compareKeys(a: string | number, b: string | number): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** The comparator of a list, or `null` for the order by relevance, which only the server knows. Due is by the days of the reader. */
export function comparatorOf(query: TaskQuery, timeZone: string): Comparator | null {
  const sort = effectiveSort(query)
  const descending = sort.startsWith('-')
  const key = descending ? sort.slice(1) : sort
  if (key === 'relevance') return null
  const direction = descending ? -1 : 1
  return (a, b) => {
    if (key === 'title') return direction * (compareText(a.title, b.title) || compareKeys(a.id, b.id))
    const left = keyOf(a, key, timeZone)
    const right = keyOf(b, key, timeZone)
    if (left === null || right === null) {
      // Without the key comes last, whichever way round.
      if (left !== right) return left === null ? 1 : -1
      return direction * compareKeys(a.id, b.id)
    }
    return direction * (compareKeys(left, right) || compareKeys(a.id, b.id))
  }
}
