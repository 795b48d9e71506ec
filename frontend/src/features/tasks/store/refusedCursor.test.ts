// A cursor belongs to the order of one language and time zone: after a change of those the server refuses it, and the list begins anew.
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, test, vi } from 'vitest'
import { ApiError } from '@/api/errors'
import { aFieldError, aTask } from '@/testing/builders'
import * as taskApi from '../api'
import { useTaskStore } from './tasks'

vi.mock('../api')
vi.mock('@/features/projects/api/projects')
vi.mock('@/features/projects/api/tags')
vi.mock('@/features/notifications/api/notifications')
vi.mock('@/features/projects/api/invitations')
vi.mock('@/features/projects/api/ownInvitations')

beforeEach(() => {
  setActivePinia(createPinia())
  vi.resetAllMocks()
})

test('a cursor of another order restarts with the first page', async () => {
  const tasks = useTaskStore()
  const query = { sort: 'title' } as const
  const listTasks = vi.mocked(taskApi.listTasks)
  listTasks.mockResolvedValueOnce({ items: [aTask({ id: 'a' })], next_cursor: 'of before' })
  await tasks.load(query)
  const errors = [aFieldError('cursor', 'cursor_of_other_order')]
  listTasks.mockRejectedValueOnce(
    new ApiError({ type: 'validation', status: 422, title: 'Validation', errors }),
  )
  listTasks.mockResolvedValueOnce({ items: [aTask({ id: 'b' }), aTask({ id: 'a' })], next_cursor: null })
  const list = await tasks.load(query, { more: true })
  expect(listTasks.mock.calls.map(([, cursor]) => cursor)).toEqual([undefined, 'of before', undefined])
  expect(list.error).toBeNull()
  expect(list.nextCursor).toBeNull()
  expect(list.ids).toHaveLength(2)
})
