import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { ApiError } from '@/api/errors'
import type { Page, Task, TaskQuery } from '@/api/types'
import { useProjectStore } from '@/features/projects/store/projects'
import { aProject, aTask } from '@/testing/builders'
import { deferred } from '@/testing/deferred'
import * as api from '../api'
import { useTaskStore } from './tasks'

vi.mock('../api')
vi.mock('@/features/projects/api/projects')
const server = vi.mocked(api)

const QUERY: TaskQuery = { project_id: 'project-1', status: ['todo'] }
const refused = new ApiError({ type: 'forbidden', status: 403, title: 'Forbidden' })
const offline = new ApiError({ type: 'network', status: 0, title: 'Network Error' })

function page(items: Task[], next_cursor: string | null = null): Page<Task> {
  return { items, next_cursor }
}

let tasks: ReturnType<typeof useTaskStore>
let projects: ReturnType<typeof useProjectStore>
const shown = (query: TaskQuery = QUERY) => tasks.itemsOf(query).map(({ id }) => id)

beforeEach(async () => {
  setActivePinia(createPinia())
  vi.resetAllMocks()
  tasks = useTaskStore()
  projects = useProjectStore()
  projects.receive(aProject({ id: 'inbox', is_inbox: true }))
  projects.receive(aProject({ id: 'project-1', open_tasks: 2 }))
  server.listTasks.mockResolvedValue(
    page([aTask({ id: 'a', position: '10' }), aTask({ id: 'b', position: '20' })]),
  )
  await tasks.load(QUERY)
})

const openCount = () => projects.get('project-1')?.open_tasks

describe('a change', () => {
  test('shows immediately, leaves the list, and counts', async () => {
    const answer = deferred<Task>()
    server.updateTask.mockReturnValue(answer.promise)
    const done = tasks.update('a', { status: 'done' })
    expect(shown()).toEqual(['b'])
    expect(openCount()).toBe(1)
    expect(tasks.isPending('update', 'a')).toBe(true)
    answer.resolve(aTask({ id: 'a', status: 'done', version: 2 }))
    await done
    expect(shown()).toEqual(['b'])
    expect(openCount()).toBe(1)
    expect(tasks.isPending('update', 'a')).toBe(false)
  })

  test('is reverted when refused', async () => {
    server.updateTask.mockRejectedValue(refused)
    await expect(tasks.update('a', { status: 'done' })).rejects.toBe(refused)
    expect(shown()).toEqual(['a', 'b'])
    expect(openCount()).toBe(2)
  })

  test('of the text sends the seen version and adopts the current one', async () => {
    const current = aTask({ id: 'a', title: 'Theirs', position: '10', version: 5 })
    server.updateTask.mockRejectedValue(
      new ApiError({ type: 'version-conflict', status: 412, title: 'Conflict', current }),
    )
    await expect(tasks.update('a', { title: 'Mine' }, { ifMatch: 1 })).rejects.toMatchObject({ status: 412 })
    expect(server.updateTask).toHaveBeenCalledWith('a', { title: 'Mine' }, 1)
    expect(tasks.get('a')?.title).toBe('Theirs')
  })

  test('of the order shows immediately', async () => {
    server.updateTask.mockResolvedValue(aTask({ id: 'a', position: '30', version: 2 }))
    const moved = tasks.move('a', 'b')
    expect(shown()).toEqual(['b', 'a'])
    await moved
    expect(server.updateTask).toHaveBeenCalledWith('a', { after: 'b' }, undefined)
    expect(shown()).toEqual(['b', 'a'])
  })
})

describe('creating', () => {
  test('shows a draft last in the list under its final id', async () => {
    const answer = deferred<Task>()
    server.createTask.mockReturnValue(answer.promise)
    const created = tasks.create({ title: 'New', project_id: 'project-1' })
    const last = tasks.itemsOf(QUERY).at(-1)
    expect(last?.title).toBe('New')
    expect(server.createTask.mock.calls[0]?.[0].id).toBe(last?.id)
    answer.resolve(aTask({ id: last?.id ?? '', title: 'New', position: '95' }))
    await created
    expect(shown()).toEqual(['a', 'b', last?.id])
    expect(openCount()).toBe(3)
  })

  test('retries a lost answer with the same id', async () => {
    server.createTask.mockRejectedValueOnce(offline).mockResolvedValueOnce(aTask({ id: 'x' }))
    await tasks.create({ id: 'x', title: 'New', project_id: 'project-1' })
    expect(server.createTask.mock.calls.map(([input]) => input.id)).toEqual(['x', 'x'])
  })

  test('leaves nothing when refused', async () => {
    server.createTask.mockRejectedValue(refused)
    await expect(tasks.create({ title: 'New', project_id: 'project-1' })).rejects.toBe(refused)
    expect(shown()).toEqual(['a', 'b'])
    expect(openCount()).toBe(2)
  })
})

describe('removing', () => {
  test('removes subtasks too and restores all when refused', async () => {
    tasks.receive(aTask({ id: 'child', parent_id: 'a' }))
    server.deleteTask.mockRejectedValue(refused)
    const removed = tasks.remove('a')
    expect(tasks.get('a')).toBeUndefined()
    expect(tasks.get('child')).toBeUndefined()
    await expect(removed).rejects.toBe(refused)
    expect(tasks.get('a')).toBeDefined()
    expect(tasks.get('child')).toBeDefined()
  })

  test('moves it to the trash and restores it', async () => {
    server.listDeletedTasks.mockResolvedValue(page([]))
    await tasks.loadTrash()
    await tasks.remove('a')
    expect(tasks.trash.map(({ id }) => id)).toEqual(['a'])
    server.restoreTask.mockResolvedValue(aTask({ id: 'a', position: '10', version: 3 }))
    await tasks.restore('a')
    expect(tasks.trash).toEqual([])
    expect(shown()).toEqual(['a', 'b'])
  })
})

describe('live', () => {
  test('a task appears in the list in its place and disappears again', () => {
    tasks.receive(aTask({ id: 'c', position: '15' }))
    expect(shown()).toEqual(['a', 'c', 'b'])
    tasks.receive(aTask({ id: 'c', position: '15', status: 'done', version: 2 }))
    expect(shown()).toEqual(['a', 'b'])
  })

  test('older versions are ignored', () => {
    tasks.receive(aTask({ id: 'a', title: 'Newer', position: '10', version: 4 }))
    tasks.receive(aTask({ id: 'a', title: 'Older', position: '10', version: 3 }))
    expect(tasks.get('a')?.title).toBe('Newer')
  })

  test('events during page loading are not lost', async () => {
    const answer = deferred<Page<Task>>()
    server.listTasks.mockReturnValue(answer.promise)
    const loading = tasks.load(QUERY)
    tasks.receive(aTask({ id: 'c', position: '15' }))
    tasks.receiveGone('project-1', 'b', [], false)
    answer.resolve(page([aTask({ id: 'a', position: '10' }), aTask({ id: 'b', position: '20' })]))
    await loading
    expect(shown()).toEqual(['a', 'c'])
  })

  test('a moved task survives the old project’s deletion event', () => {
    tasks.hold('a')
    tasks.receive(aTask({ id: 'a', project_id: 'project-2', version: 2 }))
    tasks.receiveGone('project-1', 'a', [], true)
    expect(tasks.get('a')?.project_id).toBe('project-2')
  })

  test('the next page adds to the list', async () => {
    const query: TaskQuery = { sort: 'position' }
    server.listTasks.mockResolvedValueOnce(page([aTask({ id: 'a', position: '10' })], 'next'))
    await tasks.load(query)
    server.listTasks.mockResolvedValueOnce(page([aTask({ id: 'c', position: '30' })]))
    await tasks.load(query, { more: true })
    expect(server.listTasks).toHaveBeenLastCalledWith(query, 'next')
    expect(shown(query)).toEqual(['a', 'c'])
  })

  test('failed loads are repeated when the connection is back', async () => {
    server.listTasks.mockRejectedValueOnce(offline)
    const list = await tasks.load({ ...QUERY, q: 'report' })
    list.watchers = 1
    expect(list.error?.type).toBe('network')
    server.listTasks.mockClear()
    await tasks.retryFailed()
    expect(server.listTasks).toHaveBeenCalledTimes(1)
    expect(list.error).toBeNull()
  })

  test('reloading 420 rows loads all and rerenders none unchanged', async () => {
    const rows = Array.from({ length: 430 }, (_, n) =>
      aTask({ id: `row-${n}`, position: String(n).padStart(4, '0') }),
    )
    server.listTasks.mockImplementation((query, cursor) => {
      const from = Number(cursor ?? 0)
      const to = from + (query.limit ?? 50)
      return Promise.resolve(page(rows.slice(from, to), to < rows.length ? String(to) : null))
    })
    const query: TaskQuery = { project_id: 'project-1', sort: 'position', limit: 140 }
    await tasks.load(query)
    await tasks.load(query, { more: true })
    await tasks.load(query, { more: true })
    const list = tasks.listOf(query)
    list.watchers = 1
    const before = list.ids
    expect(before).toHaveLength(420)
    const row = tasks.get('row-7')
    rows.forEach((task, n) => (rows[n] = structuredClone(task)))
    server.listTasks.mockClear()
    await tasks.reload(new Set(['project-1']))
    expect(list.ids).toBe(before)
    expect(tasks.get('row-7')).toBe(row)
    expect(list.nextCursor).toBe('420')
    expect(server.listTasks.mock.calls.map(([{ limit }]) => limit)).toEqual([200, 200, 20])
  })

  test('an event of another project changes no list and is not kept', () => {
    const before = tasks.listOf(QUERY).ids
    tasks.receive(aTask({ id: 'elsewhere', project_id: 'project-2' }))
    tasks.receive(aTask({ id: 'a', title: 'Other words', position: '10', version: 2 }))
    expect(tasks.listOf(QUERY).ids).toBe(before)
    expect(tasks.get('elsewhere')).toBeUndefined()
    expect(tasks.get('a')?.title).toBe('Other words')
  })

  test('left lists are evicted oldest first, with their tasks', async () => {
    for (let n = 0; n < 20; n += 1) {
      const query: TaskQuery = { project_id: `left-${n}` }
      server.listTasks.mockResolvedValueOnce(page([aTask({ id: `in-${n}`, project_id: `left-${n}` })]))
      tasks.showList(await tasks.load(query))
      tasks.leaveList(tasks.listOf(query))
    }
    const kept = [...tasks.byId.keys()].filter((id) => id.startsWith('in-'))
    expect(kept).toEqual(['in-14', 'in-15', 'in-16', 'in-17', 'in-18', 'in-19'])
  })

  test('a reload loads shown lists and drops the rest', async () => {
    tasks.listOf(QUERY).watchers = 1
    server.listTasks.mockClear().mockResolvedValue(page([aTask({ id: 'b', position: '20' })]))
    await tasks.reload(new Set(['project-1']))
    expect(server.listTasks).toHaveBeenCalledTimes(1)
    expect(shown()).toEqual(['b'])
  })
})

test('a list that fails to load says why', async () => {
  server.listTasks.mockRejectedValue(offline)
  await tasks.load({ q: 'x' })
  expect(tasks.listOf({ q: 'x' }).error).toBe(offline)
})
