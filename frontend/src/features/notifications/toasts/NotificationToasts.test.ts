import { flushPromises } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { aNotification } from '@/testing/builders'
import { mountWith } from '@/testing/mountWith'
import * as api from '../api/notifications'
import { useNotificationStore } from '../store/notifications'
import NotificationToasts from './NotificationToasts.vue'

vi.mock('../api/notifications')
const NOW = Date.parse('2026-11-23T08:00:00Z')
let unmount: () => void = () => undefined
let revision = 0
let store: ReturnType<typeof useNotificationStore>

async function open(path = '/inbox') {
  const { wrapper, router } = await mountWith(NotificationToasts, { path })
  unmount = () => wrapper.unmount()
  return { wrapper, router, toasts: () => wrapper.findAll('.toast:not(.more)').map((toast) => toast.text()) }
}

async function arrive(id: string, age = 0, task = `task-${id}`): Promise<void> {
  const created_at = new Date(NOW - age).toISOString()
  store.receive(aNotification({ id, created_at, task: { id: task, title: `Task ${id}` } }), (revision += 1))
  await flushPromises()
}

beforeEach(() => {
  vi.useFakeTimers({ now: NOW })
  setActivePinia(createPinia())
  store = useNotificationStore()
})

afterEach(() => {
  unmount()
  vi.useRealTimers()
})

test('a notification is shown, announced and dismissed automatically', async () => {
  const { wrapper, toasts } = await open()
  await arrive('a')
  expect(toasts()).toEqual([expect.stringContaining('Bo assigned Task a to you')])
  await vi.advanceTimersByTimeAsync(500)
  expect(wrapper.get('[role=status]').text()).toBe('Bo assigned Task a to you')
  await vi.advanceTimersByTimeAsync(8_000)
  expect(toasts()).toEqual([])
  expect(store.unread).toBe(1)
})

test('a burst is counted, not read out individually', async () => {
  const { wrapper, toasts } = await open()
  for (const id of ['a', 'b', 'c', 'd', 'e']) await arrive(id)
  await vi.advanceTimersByTimeAsync(500)
  expect(wrapper.get('[role=status]').text()).toBe('5 new notifications')
  expect(toasts()).toHaveLength(3)
  expect(wrapper.get('.more').text()).toBe('and 2 more')
})

test('a focused toast stays', async () => {
  const { wrapper, toasts } = await open()
  await arrive('a')
  await wrapper.get('.toasts').trigger('focusin')
  await vi.advanceTimersByTimeAsync(30_000)
  expect(toasts()).toHaveLength(1)
  await wrapper.get('.toasts').trigger('focusout')
  await vi.advanceTimersByTimeAsync(8_000)
  expect(toasts()).toEqual([])
})

test('no toast for the open task, old ones or the listed ones', async () => {
  const { router, toasts } = await open('/inbox?task=task-a')
  await arrive('a')
  await arrive('b', 10 * 60_000)
  expect(toasts()).toEqual([])
  await router.push('/notifications')
  await arrive('c')
  await router.push('/inbox')
  store.panelOpen = true
  await arrive('d')
  expect(toasts()).toEqual([])
})

test('toasts read elsewhere disappear', async () => {
  const { toasts } = await open()
  await arrive('a')
  await arrive('b')
  store.receiveRead({ id: 'a' }, (revision += 1))
  await flushPromises()
  expect(toasts()).toEqual([expect.stringContaining('Task b')])
})

test('choosing one marks it read and opens its task', async () => {
  const { wrapper, router, toasts } = await open()
  await arrive('a')
  await wrapper.get('button.item').trigger('click')
  await flushPromises()
  await vi.advanceTimersByTimeAsync(10)
  expect(api.markNotificationRead).toHaveBeenCalledWith('a')
  expect(router.currentRoute.value.fullPath).toBe('/projects/project-1?task=task-a')
  expect(toasts()).toEqual([])
})

test('Escape dismisses all', async () => {
  const { wrapper, toasts } = await open()
  await arrive('a')
  await wrapper.get('.toasts').trigger('keydown', { key: 'Escape' })
  expect(toasts()).toEqual([])
})

test('a reminder is shown at its task too, and an announcement is read out in full', async () => {
  const { wrapper, toasts } = await open('/inbox?task=task-a')
  const created_at = new Date(NOW).toISOString()
  const nobody = { actor: null, created_at }
  const data = { at: created_at, late: false }
  store.receive(
    aNotification({ ...nobody, kind: 'task.reminder', task: { id: 'task-a', title: 'Task a' }, data }),
    (revision += 1),
  )
  await flushPromises()
  expect(toasts()).toEqual([expect.stringContaining('Reminder: Task a')])
  await vi.advanceTimersByTimeAsync(9_000)
  const text = 'The server\nis away tonight.'
  store.receive(
    aNotification({
      ...nobody,
      id: 'b',
      kind: 'system.announcement',
      created_at: new Date(NOW + 9_000).toISOString(),
      data: { title: 'Maintenance', text },
      task: null,
      project: null,
    }),
    (revision += 1),
  )
  await vi.advanceTimersByTimeAsync(500)
  expect(wrapper.get('[role=status]').text()).toBe(`Announcement: Maintenance\n${text}`)
})

test('low-priority kinds are counted without a toast', async () => {
  const { toasts } = await open()
  store.receive(
    aNotification({ kind: 'project.task_added', created_at: new Date(NOW).toISOString() }),
    (revision += 1),
  )
  await flushPromises()
  expect(toasts()).toEqual([])
  expect(store.unread).toBe(1)
})
