// What a list is narrowed by, as the address has it: so that it can be linked, reloaded and gone back to.
import type { LocationQuery, LocationQueryRaw, LocationQueryValue } from 'vue-router'
import { TASK_PRIORITIES, TASK_STATUSES } from '@/api/types'
import type { Day, TaskPriority, TaskQuery, TaskSort, TaskStatus, Uuid } from '@/api/types'
import { addDays, isDay } from '@/lib/dates'

export const DUE_CHOICES = ['today', 'week', 'overdue', 'none'] as const
export type DueChoice = (typeof DUE_CHOICES)[number]

/** In the order in which they are offered. */
export const SORTS = ['position', 'due', '-priority', 'title', '-created_at', '-updated_at'] as const
export type SortChoice = (typeof SORTS)[number]

export interface Filters {
  q: string
  status: TaskStatus[]
  priority: TaskPriority[]
  tag: string[]
  /** A user's id, `me` or `none`. */
  assignee: string | null
  /** Only the user's own tasks. */
  mine: boolean
  due: DueChoice | null
  /** Both days belong to the range. */
  from: Day | null
  to: Day | null
  project: Uuid | null
  sort: SortChoice | null
}

const KEYS = [
  'q',
  'status',
  'priority',
  'tag',
  'assignee',
  'mine',
  'due',
  'from',
  'to',
  'project',
  'sort',
] as const

export function noFilters(): Filters {
  return {
    q: '',
    status: [],
    priority: [],
    tag: [],
    assignee: null,
    mine: false,
    due: null,
    from: null,
    to: null,
    project: null,
    sort: null,
  }
}

type Value = LocationQueryValue | LocationQueryValue[] | undefined

function textOf(value: Value): string {
  const first = Array.isArray(value) ? value[0] : value
  return first ?? ''
}

function listOf(value: Value): string[] {
  const values = Array.isArray(value) ? value : [value]
  return values.filter((one) => one != null && one !== '') as string[]
}

/** The known words among the given, in their own order. Unknown ones are dropped: anybody can write an address. */
function known<T extends string>(words: readonly T[], given: readonly string[]): T[] {
  return words.filter((word) => given.includes(word))
}

function dayOrNull(value: Value): Day | null {
  const text = textOf(value)
  return isDay(text) && !Number.isNaN(Date.parse(text)) ? text : null
}

export function readFilters(query: LocationQuery): Filters {
  const words = (value: Value) => listOf(value).flatMap((text) => text.split(','))
  return {
    q: textOf(query.q),
    status: known(TASK_STATUSES, words(query.status)),
    priority: known(TASK_PRIORITIES, words(query.priority)),
    tag: listOf(query.tag),
    assignee: textOf(query.assignee) || null,
    mine: textOf(query.mine) === '1',
    due: known(DUE_CHOICES, [textOf(query.due)])[0] ?? null,
    from: dayOrNull(query.from),
    to: dayOrNull(query.to),
    project: textOf(query.project) || null,
    sort: known(SORTS, [textOf(query.sort)])[0] ?? null,
  }
}

/** The URL query with these filters; other parts (view, task) are kept. */
export function writeFilters(filters: Filters, current: LocationQuery): LocationQueryRaw {
  const others = Object.entries(current).filter(([key]) => !KEYS.some((own) => own === key))
  const own: LocationQueryRaw = {
    q: filters.q || undefined,
    status: filters.status.join(',') || undefined,
    priority: filters.priority.join(',') || undefined,
    tag: filters.tag.length ? filters.tag : undefined,
    assignee: filters.assignee ?? undefined,
    mine: filters.mine ? '1' : undefined,
    due: filters.due ?? undefined,
    from: filters.from ?? undefined,
    to: filters.to ?? undefined,
    project: filters.project ?? undefined,
    sort: filters.sort ?? undefined,
  }
  return { ...Object.fromEntries(others), ...own }
}

/** How many things it is narrowed by. The order is none of them. */
export function countFilters(filters: Filters): number {
  const lists = [filters.status, filters.priority, filters.tag].filter(({ length }) => length > 0)
  const { assignee, mine, due, from, to, project } = filters
  const ones = [filters.q.trim(), assignee, mine, due, from ?? to, project]
  return lists.length + ones.filter(Boolean).length
}

/** The request for it. An id is looked for only among what can be one. */
export function toTaskQuery(filters: Filters): TaskQuery {
  const query: TaskQuery = {}
  const q = filters.q.trim()
  if (q) query.q = q
  if (filters.status.length) query.status = filters.status
  if (filters.priority.length) query.priority = filters.priority
  if (filters.tag.length) query.tag = filters.tag
  if (filters.assignee) query.assignee_id = filters.assignee
  if (filters.mine) query.mine = true
  if (filters.due) query.due = filters.due
  if (filters.from) query.due_after = filters.from
  if (filters.to) query.due_before = addDays(filters.to, 1)
  if (filters.project) query.project_id = filters.project
  if (filters.sort) query.sort = filters.sort satisfies TaskSort
  return query
}
