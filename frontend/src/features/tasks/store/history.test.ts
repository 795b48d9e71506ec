import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, test, vi } from 'vitest'
import { ApiError } from '@/api/errors'
import type { Task } from '@/api/types'
import { aTask } from '@/testing/builders'
import { stubUnavailable } from '@/testing/stubServer'
import * as api from '../api'
import { useHistoryStore } from './history'
import { useTaskStore } from './tasks'

vi.mock('../api')
const updateTask = vi.mocked(api.updateTask)
let stored: Task

beforeEach(() => {
  stubUnavailable()
  setActivePinia(createPinia())
  stored = aTask()
  updateTask.mockReset().mockImplementation((_, { after, ...fields }) => {
    const moved = after === undefined ? {} : { position: '90' }
    stored = { ...stored, ...fields, ...moved, version: stored.version + 1 } as Task
    return Promise.resolve(stored)
  })
})

function begin() {
  const history = useHistoryStore()
  const tasks = useTaskStore()
  tasks.hold('task-1')
  tasks.hold('first')
  tasks.receive(stored)
  return { history, tasks }
}

test('a completed task is reopened', async () => {
  const { history, tasks } = begin()
  await tasks.update('task-1', { status: 'done' })
  expect(tasks.get('task-1')?.status).toBe('done')
  expect(await history.undo()).toBe('undone')
  expect(tasks.get('task-1')?.status).toBe('todo')
  expect(await history.undo(), 'taking back is no step').toBeNull()
})

test('keys pressed before the answer undo the pending change', async () => {
  const { history, tasks } = begin()
  await tasks.update('task-1', { priority: 'high' })
  const ticked = tasks.update('task-1', { status: 'done' })
  expect(await history.undo()).toBe('undone')
  await ticked
  expect(tasks.get('task-1')).toMatchObject({ status: 'todo', priority: 'high' })
})

test('an unlisted task is loaded first', async () => {
  const history = useHistoryStore()
  const tasks = useTaskStore()
  const letGo = tasks.hold('task-1')
  tasks.receive(stored)
  await tasks.update('task-1', { status: 'done' })
  letGo()
  tasks.receive({ ...stored, title: 'By somebody else', version: 8 })
  vi.mocked(api.getTask).mockImplementation(() => Promise.resolve(stored))
  expect(await history.undo()).toBe('undone')
  expect(updateTask).toHaveBeenLastCalledWith('task-1', { status: 'todo' }, undefined)
  await tasks.update('task-1', { status: 'done' })
  vi.mocked(api.getTask).mockRejectedValue(new ApiError({ type: 'not-found', status: 404, title: 'x' }))
  tasks.receiveGone('project-1', 'task-1', [], false)
  expect(await history.undo()).toBe('gone')
})

test('undoes the newest first, each once', async () => {
  const { history, tasks } = begin()
  await tasks.update('task-1', { priority: 'high' })
  await tasks.update('task-1', { status: 'done' })
  await history.undo()
  expect(tasks.get('task-1')).toMatchObject({ status: 'todo', priority: 'high' })
  await history.undo()
  expect(tasks.get('task-1')).toMatchObject({ status: 'todo', priority: 'none' })
})

test('a moved task returns to its predecessor', async () => {
  const { history, tasks } = begin()
  tasks.receive(aTask({ id: 'first', position: '10' }))
  await tasks.move('task-1', null)
  await history.undo()
  expect(updateTask).toHaveBeenLastCalledWith('task-1', { after: 'first' }, undefined)
})

test('changes by others stay', async () => {
  const { history, tasks } = begin()
  await tasks.update('task-1', { status: 'done' })
  tasks.receive({ ...stored, status: 'cancelled', version: 9 })
  expect(await history.undo()).toBe('changed')
  expect(tasks.get('task-1')?.status).toBe('cancelled')
})

test('typing with pauses is one step', async () => {
  const { history, tasks } = begin()
  await tasks.update('task-1', { description: 'a' })
  await tasks.update('task-1', { description: 'ab' })
  expect(history.steps).toHaveLength(1)
  await history.undo()
  expect(tasks.get('task-1')?.description).toBe('')
})

test('refused changes are no step, and a failed undo can be retried', async () => {
  const { history, tasks } = begin()
  updateTask.mockRejectedValueOnce(new Error('no network'))
  await expect(tasks.update('task-1', { status: 'done' })).rejects.toThrow()
  expect(history.steps).toHaveLength(0)
  await tasks.update('task-1', { status: 'done' })
  updateTask.mockRejectedValueOnce(new Error('no network'))
  await expect(history.undo()).rejects.toThrow()
  expect(await history.undo()).toBe('undone')
})

test('undo restores deleted and removes new tasks; signing out clears it', async () => {
  const { history, tasks } = begin()
  vi.mocked(api.deleteTask).mockResolvedValue()
  vi.mocked(api.restoreTask).mockResolvedValue({ ...stored, version: 5 })
  await tasks.remove('task-1')
  expect(await history.undo()).toBe('undone')
  expect(tasks.get('task-1')).toBeDefined()
  vi.mocked(api.createTask).mockResolvedValue(aTask({ id: 'new' }))
  await tasks.create({ id: 'new', title: 'New', project_id: 'project-1' })
  expect(await history.undo()).toBe('undone')
  expect(tasks.get('new')).toBeUndefined()
  await tasks.update('task-1', { status: 'done' })
  tasks.reset()
  expect(await history.undo()).toBeNull()
})
