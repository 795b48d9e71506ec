// Current and past task lists, one per query, part of the task store. A list contains ids in order; each task change inserts or removes it
// in every list. A list whose ids stay the same is not touched, so unrelated changes rerender nothing.
import { shallowReactive } from 'vue'
import { type ApiError, toApiError } from '@/api/errors'
import type { Page, Task, TaskQuery, Uuid } from '@/api/types'
import { Loads } from '@/lib/loads'
import { listTasks } from '../api'
import { place } from '../model/listOrder'
import { matchesFilter, type FilterContext } from '../model/taskFilter'
import { comparatorOf } from '../model/taskSort'

export interface TaskList {
  query: TaskQuery
  ids: readonly Uuid[]
  /** The highlights of search results, by task. */
  highlights: ReadonlyMap<Uuid, NonNullable<Task['highlights']>>
  loaded: boolean
  loading: boolean
  error: ApiError | null
  nextCursor: string | null
  /** How many components show it. */
  watchers: number
  readonly loads: Loads
}

interface Sources {
  get: (id: Uuid) => Task | undefined
  put: (task: Task) => void
  /** Tasks with local changes that the server has not answered yet. */
  changing: () => Iterable<Uuid>
  context: () => FilterContext
  /** Lists were dropped: tasks that only they held can be evicted. */
  onForgotten: () => void
}

const DEFAULT_PAGE = 50
const MAX_PAGE = 200
/** How many lists are kept after they were left, so that going back shows them immediately. */
const MAX_IDLE = 6

/** The same query has the same key, regardless of the order of its fields. */
export function keyOf(query: TaskQuery): string {
  const entries = Object.entries(query).filter(([, value]) => value !== undefined && value !== '')
  return JSON.stringify(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
}

export function createTaskLists({ get, put, changing, context, onForgotten }: Sources) {
  // In the order in which they were last shown.
  const lists = shallowReactive(new Map<string, TaskList>())
  /** Merges a response in the server's order, without searching for the position of each task. */
  let filling: TaskList | null = null

  function listOf(query: TaskQuery): TaskList {
    const key = keyOf(query)
    const known = lists.get(key)
    if (known) return known
    const list: TaskList = shallowReactive({
      query: { ...query },
      ids: [],
      highlights: new Map(),
      loaded: false,
      loading: false,
      error: null,
      nextCursor: null,
      watchers: 0,
      loads: new Loads(),
    })
    lists.set(key, list)
    return list
  }

  /** A component has started to show it. */
  function show(list: TaskList): void {
    list.watchers += 1
  }

  /** A component has stopped showing it. */
  function leave(list: TaskList): void {
    list.watchers -= 1
    if (list.watchers > 0) return
    const key = keyOf(list.query)
    if (lists.get(key) === list) {
      lists.delete(key)
      lists.set(key, list)
    }
    const idle = [...lists].filter(([, { watchers }]) => watchers === 0)
    const surplus = idle.slice(0, Math.max(0, idle.length - MAX_IDLE))
    for (const [old] of surplus) lists.delete(old)
    if (surplus.length > 0) onForgotten()
  }

  function placeIn(list: TaskList, id: Uuid, now: FilterContext): void {
    const task = get(id)
    // Only the server can evaluate a search text: a search list adds nothing itself.
    const belongs =
      task !== undefined &&
      matchesFilter(task, list.query, now) &&
      (list.query.q ? list.ids.includes(id) : true)
    const ids = place(
      list.ids,
      {
        id,
        task,
        belongs,
        compare: list.query.q ? null : comparatorOf(list.query, now.timeZone),
        complete: list.loaded && list.nextCursor === null,
      },
      get,
    )
    if (ids !== list.ids) list.ids = ids
  }

  /** A task was added, changed or removed. */
  function taskChanged(id: Uuid): void {
    const now = context()
    for (const list of lists.values()) {
      if (list === filling) continue
      list.loads.touch(id, null)
      placeIn(list, id, now)
    }
  }

  function isListed(id: Uuid): boolean {
    return [...lists.values()].some(({ ids }) => ids.includes(id))
  }

  /** A response is pending: which tasks it will contain is not known yet. */
  function isLoading(): boolean {
    return [...lists.values()].some(({ loads }) => loads.isOpen)
  }

  function listedIds(): Set<Uuid> {
    return new Set([...lists.values()].flatMap(({ ids }) => ids))
  }

  function takeItems(list: TaskList, items: Task[], before: readonly Uuid[], touched: Iterable<Uuid>): void {
    const highlights = new Map(before.length > 0 ? list.highlights : [])
    filling = list
    for (const { highlights: pieces, ...task } of items) {
      if (pieces) highlights.set(task.id, pieces)
      put(task)
    }
    filling = null
    if (highlights.size > 0 || list.highlights.size > 0) list.highlights = highlights
    const known = new Set(before)
    const added = items.map(({ id }) => id).filter((id) => !known.has(id) && get(id) !== undefined)
    const ids = [...before, ...added]
    if (!isSame(ids, list.ids)) list.ids = ids
    // Changes during loading, and pending local ones, are newer than the answer.
    const now = context()
    for (const id of new Set([...touched, ...changing()])) placeIn(list, id, now)
  }

  /** As much as is shown already, however many pages that is, so that the scroll position is kept. */
  async function fetchShown(query: TaskQuery, shown: number): Promise<Page<Task>> {
    const limit = query.limit ?? DEFAULT_PAGE
    if (shown <= limit) return listTasks(query, undefined)
    const items: Task[] = []
    let cursor: string | undefined
    do {
      const size = Math.min(shown - items.length, MAX_PAGE)
      const page: Page<Task> = await listTasks({ ...query, limit: size }, cursor)
      items.push(...page.items)
      cursor = page.next_cursor ?? undefined
    } while (cursor !== undefined && items.length < shown)
    return { items, next_cursor: cursor ?? null }
  }

  /** Loads what is shown already, or the first page; or with `more` the next one. */
  async function load(query: TaskQuery, options: { more?: boolean } = {}): Promise<TaskList> {
    const list = listOf(query)
    if (options.more && (list.nextCursor === null || list.loading)) return list
    const own = list.loads.begin()
    const cursor = options.more ? (list.nextCursor ?? undefined) : undefined
    list.loading = true
    try {
      const page =
        cursor === undefined ? await fetchShown(query, list.ids.length) : await listTasks(query, cursor)
      // A newer request for the same list is pending; its response will replace this one.
      if (!list.loads.end(own)) return list
      list.loading = false
      list.loaded = true
      list.error = null
      list.nextCursor = page.next_cursor
      takeItems(list, page.items, cursor === undefined ? [] : list.ids, own.touched.keys())
    } catch (problem) {
      if (list.loads.end(own)) {
        list.loading = false
        list.error = toApiError(problem)
        // The cursor belongs to the order of the previous language or time zone.
        if (options.more && list.error.fields.cursor !== undefined) return load(query)
      }
    }
    return list
  }

  /** Reloads shown lists of those projects (or all), and drops the others. */
  async function reload(projectIds?: ReadonlySet<Uuid>): Promise<void> {
    const stale = [...lists].filter(
      ([, { query }]) => !projectIds || !query.project_id || projectIds.has(query.project_id),
    )
    for (const [key, list] of stale) if (list.watchers === 0) lists.delete(key)
    onForgotten()
    await Promise.all(stale.filter(([, list]) => list.watchers > 0).map(([, { query }]) => load(query)))
  }

  /** Loads shown lists that could not be loaded before. */
  async function retryFailed(): Promise<void> {
    const failed = [...lists.values()].filter(({ error, watchers }) => error !== null && watchers > 0)
    await Promise.all(failed.map(({ query }) => load(query)))
  }

  function reset(): void {
    for (const list of lists.values()) list.loads.cancel()
    lists.clear()
  }

  return {
    listOf,
    show,
    leave,
    load,
    reload,
    retryFailed,
    taskChanged,
    isListed,
    isLoading,
    listedIds,
    reset,
  }
}

function isSame(a: readonly Uuid[], b: readonly Uuid[]): boolean {
  return a.length === b.length && a.every((id, index) => id === b[index])
}
