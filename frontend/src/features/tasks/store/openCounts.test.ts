// The number beside a project, against a server that counts: whatever the order of events and answers, it ends up right.
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ApiError } from '@/api/errors'
import type { Project, Task } from '@/api/types'
import * as projectApi from '@/features/projects/api/projects'
import { useProjectStore } from '@/features/projects/store/projects'
import { aProject, aTask } from '@/testing/builders'
import { deferred } from '@/testing/deferred'
import * as taskApi from '../api'
import { useTaskStore } from './tasks'

vi.mock('../api')
vi.mock('@/features/projects/api/projects')
const server = vi.mocked(projectApi)

let tasks: ReturnType<typeof useTaskStore>
let projects: ReturnType<typeof useProjectStore>
let truth = 7
const shown = () => projects.get('project-1')?.open_tasks
const settle = () => vi.advanceTimersByTimeAsync(5_000)

beforeEach(async () => {
  vi.useFakeTimers()
  vi.resetAllMocks()
  setActivePinia(createPinia())
  tasks = useTaskStore()
  projects = useProjectStore()
  truth = 7
  server.listProjects.mockImplementation(() => Promise.resolve([aProject({ open_tasks: truth })]))
  server.getProject.mockImplementation(() => Promise.resolve(aProject({ open_tasks: truth })))
  await projects.load()
  vi.mocked(taskApi.listTasks).mockResolvedValue({ items: [aTask({ id: 'known' })], next_cursor: null })
  await tasks.load({ project_id: 'project-1', status: ['todo'] })
})
afterEach(() => vi.useRealTimers())

describe('changes by others to an unloaded task', () => {
  test.each<[string, number, () => void]>([
    ['an edit', 7, () => tasks.receive(aTask({ id: 'unseen', title: 'New words', version: 4 }))],
    ['finishing it', 6, () => tasks.receive(aTask({ id: 'unseen', status: 'done', version: 4 }))],
    ['opening it again', 8, () => tasks.receive(aTask({ id: 'unseen', version: 4 }))],
    ['making it', 8, () => tasks.receive(aTask({ id: 'unseen', version: 1 }))],
    ['deleting it', 6, () => tasks.receiveGone('project-1', 'unseen', [], false)],
    ['deleting it with subtasks', 4, () => tasks.receiveGone('project-1', 'unseen', ['x', 'y'], false)],
  ])('%s: the number is %i', async (_, now, happen) => {
    truth = now
    happen()
    await settle()
    expect(shown()).toBe(now)
  })
})

describe('a loaded task', () => {
  test('counts immediately, and an edit loads nothing', async () => {
    tasks.receive(aTask({ id: 'known', title: 'Other words', version: 2 }))
    await settle()
    expect(shown()).toBe(7)
    expect(server.getProject).not.toHaveBeenCalled()
    truth = 6
    tasks.receive(aTask({ id: 'known', status: 'done', version: 3 }))
    expect(shown()).toBe(6)
    await settle()
    expect(shown()).toBe(6)
  })

  test('completed here, the echo counts and loads nothing', async () => {
    truth = 6
    vi.mocked(taskApi.updateTask).mockResolvedValue(aTask({ id: 'known', status: 'done', version: 2 }))
    await tasks.update('known', { status: 'done' })
    tasks.receive(aTask({ id: 'known', status: 'done', version: 2 }))
    await settle()
    expect(shown()).toBe(6)
    expect(server.getProject).not.toHaveBeenCalled()
  })

  test('completed here with unknown subtasks, the count is loaded', async () => {
    const family = { id: 'known', subtasks: { total: 3, done: 0 } }
    tasks.receive(aTask({ ...family, version: 2 }))
    truth = 3
    vi.mocked(taskApi.updateTask).mockResolvedValue(aTask({ ...family, status: 'done', version: 3 }))
    await tasks.update('known', { status: 'done' })
    await settle()
    expect(shown()).toBe(3)
  })
})

test('an event older than the loaded count is not counted twice', async () => {
  // Made before the projects were loaded; its event arrives after.
  tasks.receive(aTask({ id: 'made-before', version: 1 }))
  await settle()
  expect(shown()).toBe(7)
})

test('a task listed before its event is still counted', async () => {
  const page = { items: [aTask({ id: 'known' }), aTask({ id: 'fresh', version: 1 })], next_cursor: null }
  vi.mocked(taskApi.listTasks).mockResolvedValue(page)
  await tasks.load({ project_id: 'project-1', status: ['todo'] })
  truth = 8
  tasks.receive(aTask({ id: 'fresh', version: 1 }))
  await settle()
  expect(shown()).toBe(8)
})

test('a stale count does not stay', async () => {
  const answer = deferred<Project[]>()
  server.listProjects.mockImplementationOnce(() => answer.promise)
  const loading = projects.load()
  truth = 6
  vi.mocked(taskApi.updateTask).mockResolvedValue(aTask({ id: 'known', status: 'done', version: 2 }))
  await tasks.update('known', { status: 'done' })
  answer.resolve([aProject({ open_tasks: 7 })])
  await loading
  await settle()
  expect(shown()).toBe(6)
})

test('a pending change is neither counted twice nor reverted by a count', async () => {
  const answer = deferred<Task>()
  vi.mocked(taskApi.updateTask).mockReturnValue(answer.promise)
  const done = tasks.update('known', { status: 'done' })
  expect(shown()).toBe(6)
  truth = 6
  await projects.load()
  expect(shown()).toBe(6)
  answer.resolve(aTask({ id: 'known', status: 'done', version: 2 }))
  await done
  await settle()
  expect(shown()).toBe(6)
})

test('a burst of events loads once, then at most every two seconds', async () => {
  for (let n = 0; n < 500; n += 1) tasks.receive(aTask({ id: `burst-${n}`, version: 1 }))
  await vi.advanceTimersByTimeAsync(1_000)
  expect(server.getProject).toHaveBeenCalledTimes(1)
  for (let second = 0; second < 10; second += 1) {
    tasks.receive(aTask({ id: `more-${second}`, version: 1 }))
    await vi.advanceTimersByTimeAsync(1_000)
  }
  expect(server.getProject.mock.calls.length).toBeLessThanOrEqual(7)
})

test('a failed load is retried', async () => {
  server.getProject.mockRejectedValueOnce(new ApiError({ type: 'network', status: 0, title: 'Network' }))
  truth = 8
  tasks.receive(aTask({ id: 'unseen', version: 1 }))
  await settle()
  expect(shown()).toBe(7)
  await vi.advanceTimersByTimeAsync(40_000)
  expect(shown()).toBe(8)
})
