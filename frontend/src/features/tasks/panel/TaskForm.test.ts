import { flushPromises } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Role, Task } from '@/api/types'
import * as projectApi from '@/features/projects/api/projects'
import * as tagApi from '@/features/projects/api/tags'
import { useProjectStore } from '@/features/projects/store/projects'
import * as reminderApi from '@/features/reminders/api'
import { aProject, aTask } from '@/testing/builders'
import { mountWith } from '@/testing/mountWith'
import * as api from '../api'
import { useTaskStore } from '../store/tasks'
import TaskForm from './TaskForm.vue'

vi.mock('../api')
vi.mock('@/features/projects/api/projects')
vi.mock('@/features/reminders/api')
vi.mock('@/features/projects/api/tags')
const server = vi.mocked(api)
let unmount: () => void = () => undefined

async function open(task: Task, role: Role = 'owner') {
  useProjectStore().receive(aProject({ role }))
  useTaskStore().receive(task)
  const { wrapper, router } = await mountWith(TaskForm, { props: { task } })
  unmount = () => wrapper.unmount()
  return { wrapper, router }
}

beforeEach(() => {
  setActivePinia(createPinia())
  vi.resetAllMocks()
  sessionStorage.clear()
  vi.mocked(projectApi.listMembers).mockResolvedValue([])
  vi.mocked(tagApi.listTags).mockResolvedValue([])
  vi.mocked(reminderApi.listReminders).mockResolvedValue([])
  server.listTasks.mockResolvedValue({ items: [], next_cursor: null })
  server.updateTask.mockImplementation((id, patch) =>
    Promise.resolve(aTask({ id, ...(patch as Partial<Task>), version: 2 })),
  )
})

afterEach(() => unmount())

test('the title is saved on blur with the seen version', async () => {
  const { wrapper } = await open(aTask())
  const title = wrapper.get('textarea')
  await title.setValue('Another title')
  await title.trigger('blur')
  expect(server.updateTask).toHaveBeenCalledWith('task-1', { title: 'Another title' }, 1)
})

test('a day is a day, and a day with a time an instant', async () => {
  const { wrapper } = await open(aTask({ due_date: '2026-12-01' }))
  const day = wrapper.get<HTMLInputElement>('input[aria-label="Due"]')
  expect(day.element.value, 'as the language writes it').toBe('12/01/2026')
  await day.setValue('12/2/2026')
  expect(server.updateTask).toHaveBeenLastCalledWith('task-1', { due_date: '2026-12-02' }, undefined)
  await wrapper
    .findAll('button')
    .find((button) => button.text() === 'Add time')
    ?.trigger('click')
  const time = wrapper.get('input[aria-label="Time: Due"]')
  await time.setValue('2:30 pm')
  expect(server.updateTask).toHaveBeenLastCalledWith(
    'task-1',
    { due_at: '2026-12-01T14:30:00.000Z' },
    undefined,
  )
})

test('a tag is added and one removed', async () => {
  const { wrapper } = await open(aTask({ tags: ['work'] }))
  const field = wrapper.get('[role=combobox]')
  await field.setValue('home')
  await field.trigger('keydown', { key: 'Enter' })
  expect(server.updateTask).toHaveBeenLastCalledWith('task-1', { add_tags: ['home'] }, undefined)
  await wrapper.get('button[aria-label="Remove the tag work"]').trigger('click')
  expect(server.updateTask).toHaveBeenLastCalledWith('task-1', { remove_tags: ['work'] }, undefined)
})

test('a subtask is added', async () => {
  server.createTask.mockImplementation((input) =>
    Promise.resolve(aTask({ id: input.id ?? '', title: input.title })),
  )
  const { wrapper } = await open(aTask())
  await wrapper.get('.subtasks input').setValue('Count the pages')
  await wrapper.get('.subtasks form').trigger('submit')
  await flushPromises()
  expect(server.createTask).toHaveBeenCalledWith(
    expect.objectContaining({ title: 'Count the pages', project_id: 'project-1', parent_id: 'task-1' }),
  )
})

test('a viewer sees everything but changes nothing', async () => {
  const { wrapper } = await open(aTask({ description: 'With figures' }), 'viewer')
  expect(wrapper.text()).toContain('You can view this task, but not change it.')
  expect(wrapper.get('textarea').attributes('readonly')).toBeDefined()
  expect(wrapper.findAll('button.value').every((button) => button.attributes('disabled') !== undefined)).toBe(
    true,
  )
  expect(wrapper.find('.subtasks form').exists()).toBe(false)
  // A reminder is one's own, and changes nothing of the task.
  await flushPromises()
  expect(wrapper.find('button[aria-label="Add a reminder"]').exists()).toBe(true)
})
