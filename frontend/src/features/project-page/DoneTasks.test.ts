import { flushPromises } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { useProjectStore } from '@/features/projects/store/projects'
import * as api from '@/features/tasks/api'
import { useTaskStore } from '@/features/tasks/store/tasks'
import { aProject, aTask } from '@/testing/builders'
import { mountWith } from '@/testing/mountWith'
import { stubUnavailable } from '@/testing/stubServer'
import DoneTasks from './DoneTasks.vue'

vi.mock('@/features/tasks/api')
const server = vi.mocked(api)
const query = { project_id: 'project-1', status: ['done', 'cancelled'] as const, parent_id: 'none' as const }
const done = aTask({ id: 'done-1', status: 'done', completed_at: '2026-11-23T08:00:00Z' })
let unmount: () => void

async function open(props = {}) {
  const { wrapper } = await mountWith(DoneTasks, {
    props: { query: { ...query, status: [...query.status] }, ...props },
  })
  unmount = () => wrapper.unmount()
  await vi.advanceTimersByTimeAsync(400)
  return wrapper
}

beforeEach(() => {
  stubUnavailable()
  vi.useFakeTimers()
  setActivePinia(createPinia())
  vi.resetAllMocks()
  server.countTasks.mockResolvedValue({
    total: 3,
    by_status: { todo: 0, in_progress: 0, done: 3, cancelled: 0 },
  })
  server.listTasks.mockResolvedValue({ items: [done], next_cursor: null })
  useProjectStore().receive(aProject())
})

afterEach(() => {
  unmount()
  vi.useRealTimers()
})

test('collapsed it is only counted; expanded it is loaded once', async () => {
  const wrapper = await open()
  expect(wrapper.get('button').text()).toContain('3')
  expect(server.countTasks).toHaveBeenCalledTimes(1)
  expect(server.listTasks).not.toHaveBeenCalled()
  for (let count = 0; count < 3; count += 1) await wrapper.get('button').trigger('click')
  await flushPromises()
  expect(server.listTasks).toHaveBeenCalledTimes(1)
  expect(wrapper.get('button').text()).toContain('1')
})

test('the count follows completed tasks only', async () => {
  const tasks = useTaskStore()
  tasks.hold('task-1')
  tasks.receive(aTask({ version: 1 }))
  await open()
  server.countTasks.mockClear()
  tasks.receive(aTask({ version: 2, title: 'Another title' }))
  tasks.receive(aTask({ id: 'task-2', project_id: 'project-2', status: 'done' }))
  await vi.advanceTimersByTimeAsync(3_000)
  expect(server.countTasks).not.toHaveBeenCalled()

  tasks.receive(aTask({ version: 3, status: 'done' }))
  await vi.advanceTimersByTimeAsync(3_000)
  expect(server.countTasks).toHaveBeenCalledTimes(1)
  tasks.receiveGone('project-1', 'done-1', [], false)
  await vi.advanceTimersByTimeAsync(3_000)
  expect(server.countTasks).toHaveBeenCalledTimes(2)
})

test('it is loaded immediately if nothing else is shown', async () => {
  await open({ alone: true })
  expect(server.listTasks).toHaveBeenCalledTimes(1)
})
