// The lists of tasks that are or were shown, one per query: a part of the store of tasks.
// A list holds ids in order; each change of a task puts it into its place in every list, or takes it out.
import { reactive, shallowReactive } from 'vue'
import { toApiError } from '@/api/client'
import type { ApiError } from '@/api/errors'
import { listTasks } from '@/api/tasks'
import type { Task, TaskQuery, Uuid } from '@/api/types'
import { place } from '@/lib/listOrder'
import { matchesFilter, type FilterContext } from '@/lib/taskFilter'
import { comparatorOf } from '@/lib/taskSort'

export interface TaskList {
  query: TaskQuery
  ids: Uuid[]
  /** The marked pieces of a search's finds, by task. */
  highlights: Map<Uuid, NonNullable<Task['highlights']>>
  loaded: boolean
  loading: boolean
  error: ApiError | null
  nextCursor: string | null
  /** How many components show it. */
  watchers: number
  /** What changed while a page was under way, and so may be missing or old in it. */
  touched: Set<Uuid>
  request: number
}

interface Sources {
  get: (id: Uuid) => Task | undefined
  put: (task: Task) => void
  context: () => FilterContext
}

const MAX_PAGE = 200

/** The same query has the same key, whatever the order of its fields. */
export function keyOf(query: TaskQuery): string {
  const entries = Object.entries(query).filter(([, value]) => value !== undefined && value !== '')
  return JSON.stringify(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
}

export function createTaskLists({ get, put, context }: Sources) {
  const lists = shallowReactive(new Map<string, TaskList>())

  function listOf(query: TaskQuery): TaskList {
    const key = keyOf(query)
    const known = lists.get(key)
    if (known) return known
    const list: TaskList = reactive({
      query: { ...query },
      ids: [],
      highlights: new Map(),
      loaded: false,
      loading: false,
      error: null,
      nextCursor: null,
      watchers: 0,
      touched: new Set<Uuid>(),
      request: 0,
    })
    lists.set(key, list)
    return list
  }

  function placeIn(list: TaskList, id: Uuid): void {
    const task = get(id)
    const now = context()
    // What a text finds only the server knows: a search takes nothing in by itself.
    const belongs =
      task !== undefined &&
      (list.query.q ? list.ids.includes(id) : true) &&
      matchesFilter(task, list.query, now)
    const compare = list.query.q ? null : comparatorOf(list.query, now.timeZone)
    list.ids = place(
      list.ids,
      { id, task, belongs, compare, complete: list.loaded && list.nextCursor === null },
      get,
    )
  }

  /** A task changed, came or went. */
  function taskChanged(id: Uuid): void {
    for (const list of lists.values()) {
      if (list.loading) list.touched.add(id)
      placeIn(list, id)
    }
  }

  function takePage(list: TaskList, items: Task[], fresh: boolean): void {
    for (const { highlights, ...task } of items) {
      if (highlights) list.highlights.set(task.id, highlights)
      put(task)
    }
    const before = fresh ? [] : list.ids
    const known = new Set(before)
    const added = items.map(({ id }) => id).filter((id) => !known.has(id) && get(id) !== undefined)
    list.ids = [...before, ...added]
  }

  /** Loads the first page (at least as much as is shown already), or the next one. */
  async function load(query: TaskQuery, options: { more?: boolean } = {}): Promise<TaskList> {
    const list = listOf(query)
    if (options.more && (list.nextCursor === null || list.loading)) return list
    const request = (list.request += 1)
    const cursor = options.more ? (list.nextCursor ?? undefined) : undefined
    const shown = cursor === undefined && list.ids.length > (query.limit ?? 50) ? list.ids.length : undefined
    list.loading = true
    list.touched.clear()
    try {
      const page = await listTasks(shown ? { ...query, limit: Math.min(shown, MAX_PAGE) } : query, cursor)
      // A later request for the same list is under way: its answer is the better one.
      if (request !== list.request) return list
      list.loading = false
      list.loaded = true
      list.error = null
      list.nextCursor = page.next_cursor
      const touched = [...list.touched]
      takePage(list, page.items, cursor === undefined)
      for (const id of touched) placeIn(list, id)
    } catch (problem) {
      if (request === list.request) {
        list.loading = false
        list.error = toApiError(problem)
      }
    }
    return list
  }

  /** Loads again what is shown of those projects (or everything), and forgets what is not shown. */
  async function reload(projectIds?: ReadonlySet<Uuid>): Promise<void> {
    const stale = [...lists].filter(
      ([, { query }]) => !projectIds || !query.project_id || projectIds.has(query.project_id),
    )
    for (const [key, list] of stale) if (list.watchers === 0) lists.delete(key)
    await Promise.all(stale.filter(([, list]) => list.watchers > 0).map(([, { query }]) => load(query)))
  }

  /** Loads what is shown and could not be loaded before. */
  async function retryFailed(): Promise<void> {
    const failed = [...lists.values()].filter(({ error, watchers }) => error !== null && watchers > 0)
    await Promise.all(failed.map(({ query }) => load(query)))
  }

  return { lists, listOf, load, reload, retryFailed, taskChanged, reset: () => lists.clear() }
}
