import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, test, vi } from 'vitest'
import { ApiError } from '@/api/errors'
import type { Reminder } from '@/api/types'
import { aReminder } from '@/testing/builders'
import { deferred } from '@/testing/deferred'
import * as api from '../api'
import { useReminderStore } from './reminders'

vi.mock('../api')
const server = vi.mocked(api)
const refused = new ApiError({ type: 'network', status: 0, title: 'x' })
let store: ReturnType<typeof useReminderStore>
const ids = () => store.items.map(({ id }) => id)

beforeEach(() => {
  vi.resetAllMocks()
  setActivePinia(createPinia())
  store = useReminderStore()
})

async function open(list: Reminder[]): Promise<void> {
  server.listReminders.mockResolvedValue(list)
  store.show('task-1')
  await vi.waitFor(() => expect(store.loaded).toBe(true))
}

test('a new one appears once, whichever arrives first', async () => {
  await open([])
  const answer = deferred<Reminder>()
  server.createReminder.mockReturnValue(answer.promise)
  const adding = store.add('task-1', { remind_at: '2026-11-24T08:00:00Z' })
  expect(server.createReminder).toHaveBeenCalledWith('task-1', {
    id: expect.any(String),
    remind_at: '2026-11-24T08:00:00Z',
  })
  store.receive(aReminder())
  answer.resolve(aReminder())
  await adding
  expect(ids()).toEqual(['reminder-1'])
})

test('a refused removal is reverted', async () => {
  await open([aReminder()])
  server.deleteReminder.mockRejectedValue(refused)
  const removing = store.remove(aReminder())
  expect(ids()).toEqual([])
  await expect(removing).rejects.toBe(refused)
  expect(ids()).toEqual(['reminder-1'])
})

test('an answer for a closed task is ignored', async () => {
  const slow = deferred<Reminder[]>()
  server.listReminders.mockReturnValueOnce(slow.promise)
  store.show('task-1')
  server.listReminders.mockResolvedValueOnce([aReminder({ id: 'b', task_id: 'task-2' })])
  store.show('task-2')
  slow.resolve([aReminder()])
  await vi.waitFor(() => expect(ids()).toEqual(['b']))
})

test('events during loading are not lost', async () => {
  const slow = deferred<Reminder[]>()
  server.listReminders.mockReturnValueOnce(slow.promise)
  store.show('task-1')
  server.listReminders.mockResolvedValueOnce([aReminder()])
  store.receive(aReminder())
  slow.resolve([])
  await vi.waitFor(() => expect(store.loaded).toBe(true))
  expect(ids()).toEqual(['reminder-1'])
})

test('a failure is shown until it succeeds', async () => {
  server.listReminders.mockRejectedValueOnce(refused)
  store.show('task-1')
  await vi.waitFor(() => expect(store.error).toBe(refused))
  server.listReminders.mockResolvedValue([])
  await store.load()
  expect(store.error).toBeNull()
})
