import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, test, vi } from 'vitest'
import { ApiError } from '@/api/errors'
import type { Notification } from '@/api/types'
import { aNotification } from '@/testing/builders'
import { deferred } from '@/testing/deferred'
import * as api from '../api/notifications'
import { useNotificationStore } from './notifications'

vi.mock('../api/notifications')
const server = vi.mocked(api)
const refused = new ApiError({ type: 'network', status: 0, title: 'x' })
const page = (items: Notification[], next_cursor: string | null = null) => ({ items, next_cursor })
const ids = () => store.items.map(({ id }) => id)

let store: ReturnType<typeof useNotificationStore>

beforeEach(() => {
  vi.resetAllMocks()
  setActivePinia(createPinia())
  store = useNotificationStore()
  server.listNotifications.mockResolvedValue(page([aNotification({ id: 'b' }), aNotification({ id: 'a' })]))
  server.countUnread.mockResolvedValue({ unread: 2, revision: 10 })
})

test('marking one read updates the count, and reverts when refused', async () => {
  await Promise.all([store.load(), store.loadUnread()])
  await store.markRead('a')
  expect(store.unread).toBe(1)
  server.markNotificationRead.mockRejectedValue(refused)
  await expect(store.markRead('b')).rejects.toBe(refused)
  expect(store.unread).toBe(1)
  expect(store.items.map(({ read_at }) => read_at === null)).toEqual([true, false])
})

test('our own change counts once when it returns as an event', async () => {
  await Promise.all([store.load(), store.loadUnread()])
  await store.markRead('a')
  store.receiveRead({ id: 'a' }, 11)
  expect(store.unread).toBe(1)
})

test('marking all read is immediate; a refusal keeps newer ones unread', async () => {
  await Promise.all([store.load(), store.loadUnread()])
  const answer = deferred<undefined>()
  server.markAllNotificationsRead.mockReturnValue(answer.promise)
  const marking = store.markAllRead()
  expect(store.unread).toBe(0)
  store.receive(aNotification({ id: 'c' }), 11)
  answer.reject(refused)
  await expect(marking).rejects.toBe(refused)
  expect(store.unread).toBe(3)
  expect(ids()).toEqual(['c', 'b', 'a'])
})

test('the next page adds only new items', async () => {
  server.listNotifications.mockResolvedValueOnce(page([aNotification({ id: 'c' })], 'next'))
  await store.load()
  server.listNotifications.mockResolvedValueOnce(
    page([aNotification({ id: 'c' }), aNotification({ id: 'b' })]),
  )
  await store.load({ more: true })
  expect(ids()).toEqual(['c', 'b'])
  expect(store.hasMore).toBe(false)
})

test('the latest filter wins over a pending answer', async () => {
  const slow = deferred<ReturnType<typeof page>>()
  server.listNotifications.mockReturnValueOnce(slow.promise)
  const first = store.load()
  server.listNotifications.mockResolvedValueOnce(page([aNotification({ id: 'new' })]))
  await store.showOnlyUnread(true)
  slow.resolve(page([aNotification({ id: 'old' })]))
  await first
  expect(server.listNotifications).toHaveBeenLastCalledWith({ unread: true, cursor: undefined })
  expect(ids()).toEqual(['new'])
})

test('an event included in the count is not counted again', async () => {
  await store.loadUnread()
  store.receive(aNotification({ id: 'c' }), 9)
  store.receiveRead({ id: 'd' }, 10)
  expect(store.unread).toBe(2)
  store.receive(aNotification({ id: 'e' }), 11)
  expect(store.unread).toBe(3)
  store.receiveRead({ id: 'f' }, 12)
  expect(store.unread).toBe(2)
})

test('an old read-all does not mark later notifications', async () => {
  // The list and the number are as of revision 12: all were read (11), and then came one more (12).
  server.listNotifications.mockResolvedValue(page([aNotification({ id: 'new' })]))
  server.countUnread.mockResolvedValue({ unread: 1, revision: 12 })
  await Promise.all([store.load(), store.loadUnread()])
  store.receiveRead({ all: true }, 11)
  store.receive(aNotification({ id: 'new' }), 12)
  expect(store.unread).toBe(1)
  expect(store.items.map(({ read_at }) => read_at)).toEqual([null])
})

test('a mark whose event follows a newer count counts once', async () => {
  await Promise.all([store.load(), store.loadUnread()])
  await store.markRead('a')
  server.countUnread.mockResolvedValue({ unread: 1, revision: 12 })
  await store.loadUnread()
  store.receiveRead({ id: 'a' }, 12)
  expect(store.unread).toBe(1)
})

test('no toast for a listed notification', async () => {
  await store.load()
  const told = vi.fn()
  store.onArrival(told)
  store.receive(aNotification({ id: 'a' }), 11)
  expect(told).not.toHaveBeenCalled()
})
