import { flushPromises } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ApiError } from '@/api/errors'
import type { Notification } from '@/api/types'
import { aNotification } from '@/testing/builders'
import { mountWith } from '@/testing/mountWith'
import * as api from '../api/notifications'
import { useNotificationStore } from '../store/notifications'
import Notifications from './Notifications.vue'

vi.mock('../api/notifications')
const server = vi.mocked(api)
let unmount: () => void = () => undefined

const assigned = (id: string) => aNotification({ id, task: { id, title: `Task ${id}` } })
const joined = aNotification({ id: 'j', kind: 'project.member_added', data: { role: 'editor' }, task: null })

async function open(path = '/notifications') {
  const { wrapper, router } = await mountWith(Notifications, { path })
  unmount = () => wrapper.unmount()
  await flushPromises()
  return { wrapper, router, rows: () => wrapper.findAll('button.item').map((row) => row.text()) }
}

beforeEach(() => {
  vi.resetAllMocks()
  setActivePinia(createPinia())
  server.listNotifications.mockResolvedValue({ items: [assigned('a'), joined], next_cursor: null })
})

afterEach(() => unmount())

test('shows all, filtered by kind in the URL', async () => {
  const { rows, router } = await open()
  expect(rows()).toHaveLength(2)
  await router.replace('/notifications?kind=project.member_added')
  await flushPromises()
  expect(rows()).toEqual([expect.stringContaining('Bo added you to House as editor')])
})

test('looks through further pages until something matches', async () => {
  server.listNotifications
    .mockResolvedValueOnce({ items: [assigned('a')], next_cursor: '2' })
    .mockResolvedValueOnce({ items: [assigned('b')], next_cursor: '3' })
    .mockResolvedValueOnce({ items: [joined], next_cursor: null })
  const { rows } = await open('/notifications?kind=project.member_added')
  await vi.waitFor(() => expect(rows()).toHaveLength(1))
  expect(server.listNotifications).toHaveBeenCalledTimes(3)
})

test('marking one of the unread as read moves the focus to the next', async () => {
  server.listNotifications.mockResolvedValue({ items: [assigned('a'), assigned('b')], next_cursor: null })
  const { wrapper, rows } = await open()
  await wrapper.findAll('[role=radio]')[1]?.trigger('click')
  await flushPromises()
  expect(server.listNotifications).toHaveBeenLastCalledWith({ unread: true, cursor: undefined })
  await wrapper.get('button[aria-label="Mark as read: Bo assigned Task a to you"]').trigger('click')
  await flushPromises()
  expect(server.markNotificationRead).toHaveBeenCalledWith('a')
  expect(rows()).toHaveLength(1)
  expect(document.activeElement?.textContent).toContain('Task b')
})

test('says when nothing matches, and clears the filters', async () => {
  const { wrapper, router } = await open('/notifications?project=elsewhere')
  expect(wrapper.get('.empty').text()).toContain('No notification matches')
  await wrapper.get('.empty button').trigger('click')
  await vi.waitFor(() => expect(router.currentRoute.value.fullPath).toBe('/notifications'))
})

test('a failure is reported and can be retried', async () => {
  server.listNotifications.mockRejectedValueOnce(new ApiError({ type: 'network', status: 0, title: 'x' }))
  const { wrapper, rows } = await open()
  expect(wrapper.get('[role=alert]').text()).toContain('No connection')
  await wrapper.get('[role=alert] button').trigger('click')
  await flushPromises()
  expect(rows()).toHaveLength(2)
})

test('notifications read on another device are read here', async () => {
  const { wrapper } = await open()
  useNotificationStore().receiveRead({ all: true }, 1)
  await flushPromises()
  expect(wrapper.findAll('.dot')).toHaveLength(0)
})

test('an unknown kind has a text too', async () => {
  const strange = { ...assigned('x'), kind: 'task.teleported' } as unknown as typeof joined
  server.listNotifications.mockResolvedValue({ items: [strange], next_cursor: null })
  const { rows } = await open()
  expect(rows()).toEqual([expect.stringContaining('There is news in House')])
})

test.each([
  [
    { kind: 'task.due_changed', data: { from: '2026-11-20', to: null } },
    /Bo moved Write the report from (20 Nov|Nov 20) to no date/,
  ],
  [
    {
      kind: 'security.new_sign_in',
      data: { ip_address: '192.0.2.7', user_agent: 'Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0' },
      actor: null,
      project: null,
      task: null,
    },
    /^New sign-in to your account: Firefox on Linux, from 192\.0\.2\.7/,
  ],
  [
    { kind: 'task.reminder', data: { at: '2026-12-20T11:00:00Z', late: false }, actor: null },
    /^Reminder: Write the reportHouse/,
  ],
  [
    {
      kind: 'task.reminder',
      data: { at: '2026-12-20T11:00:00Z', late: false, due_date: '2026-12-21' },
      actor: null,
    },
    /^Reminder: Write the report \(due: Tomorrow\)/,
  ],
  [
    {
      kind: 'task.reminder',
      data: { at: '2026-12-20T09:00:00Z', late: true, due_date: '2026-12-21' },
      actor: null,
    },
    /^Late reminder: Write the report \(set for: Today 9:00/,
  ],
  [
    { kind: 'task.due_soon', data: { due_date: '2026-12-21' }, actor: null },
    /^Write the report is due soon: Tomorrow/,
  ],
  [
    { kind: 'task.overdue', data: { due_at: '2026-12-19T09:00:00Z' }, actor: null },
    /^Write the report is overdue \(due: Yesterday 9:00/,
  ],
  [
    { kind: 'project.changed', data: { change: 'renamed', name: 'House', from: 'Home' }, task: null },
    /Bo renamed Home to House/,
  ],
  [
    { kind: 'project.changed', data: { change: 'painted' as 'renamed', name: 'House' }, task: null },
    /Bo changed House/,
  ],
  [
    {
      kind: 'project.changed',
      data: { change: 'role_changed', name: 'House', role: 'viewer' },
      task: null,
      project: null,
    },
    /Bo changed your role in House to viewer/,
  ],
  [{ kind: 'project.task_added', data: {} }, /Bo added Write the report to House/],
  [
    {
      kind: 'system.announcement',
      data: { title: 'Maintenance', text: 'Tonight at ten.' },
      actor: null,
      project: null,
      task: null,
    },
    /^Announcement: MaintenanceTonight at ten\./,
  ],
] as [Partial<Notification>, RegExp][])('%o is a sentence', async (fields, sentence) => {
  vi.setSystemTime(new Date('2026-12-20T12:00:00Z'))
  server.listNotifications.mockResolvedValue({ items: [aNotification(fields)], next_cursor: null })
  const { rows } = await open()
  expect(rows()[0]).toMatch(sentence)
  vi.useRealTimers()
})
