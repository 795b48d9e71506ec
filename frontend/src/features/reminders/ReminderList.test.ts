import { flushPromises } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ApiError } from '@/api/errors'
import type { Reminder, Task } from '@/api/types'
import { aFieldError, aReminder, aTask } from '@/testing/builders'
import { mountWith } from '@/testing/mountWith'
import * as api from './api'
import ReminderList from './ReminderList.vue'
import { useReminderStore } from './store/reminders'

vi.mock('./api')
const server = vi.mocked(api)
const due = aTask({ due_at: '2026-11-25T09:00:00Z' })
const DAY = 'input[aria-label="Day of the reminder"]'
let unmount: () => void = () => undefined

async function open(list: Reminder[] = [], task: Task = due) {
  server.listReminders.mockResolvedValue(list)
  const { wrapper } = await mountWith(ReminderList, { props: { task, closed: task.status === 'done' } })
  unmount = () => wrapper.unmount()
  await flushPromises()
  const button = (label: string) => wrapper.get<HTMLElement>(`button[aria-label="${label}"]`)
  const menu = async () => {
    await button('Add a reminder').trigger('click')
    await flushPromises()
    return wrapper.findAll('[role=menuitem]')
  }
  const choose = async (label: string) => {
    await (await menu()).find((item) => item.text() === label)?.trigger('click')
    await flushPromises()
  }
  return { wrapper, button, menu, choose, rows: () => wrapper.findAll('li').map((row) => row.text()) }
}

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse('2026-11-23T08:00:00Z'), toFake: ['Date'] })
  vi.resetAllMocks()
  setActivePinia(createPinia())
  server.createReminder.mockImplementation((_, input) =>
    Promise.resolve(aReminder({ remind_at: null, relative_to: null, before: null, ...input })),
  )
})

afterEach(() => {
  unmount()
  vi.useRealTimers()
})

test('describes each reminder in words and exactly', async () => {
  const { rows } = await open([
    aReminder({ fires_at: '2026-11-25T08:00:00Z' }),
    aReminder({
      id: 'b',
      relative_to: null,
      before: null,
      remind_at: '2026-11-24T09:30:00Z',
      fires_at: '2026-11-24T09:30:00Z',
    }),
  ])
  expect(rows()[0]).toMatch(/^Tomorrow 9:30.*24.*2026/)
  expect(rows()[1]).toMatch(/^1 hour before it is due.*25.*2026.*8:00/)
})

test('sent reminders are marked, impossible ones explained', async () => {
  const { wrapper, rows } = await open([
    aReminder({ id: 'sent', fires_at: '2026-11-22T08:00:00Z', fired_at: '2026-11-22T08:00:01Z' }),
    aReminder({ id: 'never', relative_to: 'start', fires_at: null }),
  ])
  expect(rows()[0]).toContain('The task has no start, so this reminder is not sent.')
  expect(rows()[1]).toMatch(/Sent .*22.*2026/)
  expect(wrapper.findAll('li')[1]?.classes()).toContain('over')
})

test('a completed task gets no reminders', async () => {
  const { rows } = await open([aReminder()], { ...due, status: 'done' })
  expect(rows()[0]).toContain('The task is closed, so no reminders are sent.')
})

test('offers possible times once', async () => {
  const { menu } = await open(
    [aReminder()],
    aTask({ due_at: '2026-11-23T12:00:00Z', start_date: '2026-11-24' }),
  )
  expect((await menu()).map((item) => item.text())).toEqual([
    'When it is due',
    '10 minutes before it is due',
    '30 minutes before it is due',
    '3 hours before it is due',
    expect.stringMatching(/^On the day it starts, 9:00/),
    expect.stringMatching(/^1 day before it starts, 9:00/),
    'At a custom time…',
  ])
})

test('one is added before the due date and announced', async () => {
  const { wrapper, choose, button, rows } = await open()
  await choose('1 day before it is due')
  expect(server.createReminder).toHaveBeenCalledWith('task-1', {
    id: expect.any(String),
    relative_to: 'due',
    before: { days: 1, minutes: 0 },
  })
  expect(rows()).toHaveLength(1)
  expect(wrapper.get('[role=status]').text()).toBe('Reminder added: 1 day before it is due')
  expect(document.activeElement).toBe(button('Add a reminder').element)
})

test('one is added at a custom local time', async () => {
  const { wrapper, choose, button } = await open([], aTask())
  await choose('At a custom time…')
  const day = wrapper.get<HTMLInputElement>(DAY)
  expect(document.activeElement).toBe(day.element)
  expect(day.element.value).toBe('11/24/2026')
  const time = wrapper.get('input[aria-label="Time of the reminder"]')
  await time.setValue('14:30')
  await wrapper.get('form').trigger('submit')
  await flushPromises()
  expect(server.createReminder).toHaveBeenCalledWith('task-1', {
    id: expect.any(String),
    remind_at: '2026-11-24T14:30:00.000Z',
  })
  expect(document.activeElement).toBe(button('Add a reminder').element)
})

test('a past time is not sent, and Escape keeps the form', async () => {
  const { wrapper, choose, button } = await open([], aTask())
  await choose('At a custom time…')
  await wrapper.get(DAY).setValue('2026-11-22')
  expect(wrapper.get('form [role=status]').text()).toBe('This time has already passed.')
  await wrapper.get('form').trigger('submit')
  expect(server.createReminder).not.toHaveBeenCalled()
  const leaving = new KeyboardEvent('keydown', { key: 'Escape', bubbles: true })
  const around = vi.fn()
  document.body.addEventListener('keydown', around)
  wrapper.get(DAY).element.dispatchEvent(leaving)
  await flushPromises()
  document.body.removeEventListener('keydown', around)
  expect(around).not.toHaveBeenCalled()
  expect(document.activeElement).toBe(button('Add a reminder').element)
})

test('a refusal is shown, and the form stays', async () => {
  const { wrapper, choose } = await open([], aTask())
  await choose('At a custom time…')
  server.createReminder.mockRejectedValue(
    new ApiError({
      type: 'validation',
      status: 422,
      title: 'x',
      errors: [aFieldError('remind_at', 'in_the_past')],
    }),
  )
  await wrapper.get('form').trigger('submit')
  await flushPromises()
  expect(wrapper.get('form [role=status]').text()).toBe('This time has already passed.')
})

test('removing one moves the focus, and a refusal restores it', async () => {
  const { button, rows } = await open([
    aReminder(),
    aReminder({ id: 'b', before: { days: 0, minutes: 10 }, fires_at: '2026-11-25T08:50:00Z' }),
  ])
  server.deleteReminder.mockResolvedValue()
  await button('Remove the reminder: 1 hour before it is due').trigger('click')
  await flushPromises()
  expect(server.deleteReminder).toHaveBeenCalledWith('task-1', 'reminder-1')
  const next = button('Remove the reminder: 10 minutes before it is due')
  expect(document.activeElement).toBe(next.element)
  server.deleteReminder.mockRejectedValue(new ApiError({ type: 'network', status: 0, title: 'x' }))
  await next.trigger('click')
  await flushPromises()
  expect(rows()).toHaveLength(1)
})

test('up to the server’s limit', async () => {
  const many = Array.from({ length: 20 }, (_, index) => aReminder({ id: String(index) }))
  const { wrapper } = await open(many)
  expect(wrapper.text()).toContain('At most 20 reminders are possible.')
  expect(wrapper.find('button[aria-label="Add a reminder"]').exists()).toBe(false)
})

test('follows another tab', async () => {
  const { rows } = await open()
  useReminderStore().receive(aReminder())
  await flushPromises()
  expect(rows()).toHaveLength(1)
})

test('a failure is reported and can be retried', async () => {
  server.listReminders.mockRejectedValueOnce(new ApiError({ type: 'network', status: 0, title: 'x' }))
  const { wrapper } = await mountWith(ReminderList, { props: { task: due, closed: false } })
  unmount = () => wrapper.unmount()
  await flushPromises()
  expect(wrapper.get('[role=alert]').text()).toContain('Your reminders could not be loaded.')
  server.listReminders.mockResolvedValue([aReminder()])
  await wrapper.get('[role=alert] button').trigger('click')
  await flushPromises()
  expect(wrapper.findAll('li')).toHaveLength(1)
})
