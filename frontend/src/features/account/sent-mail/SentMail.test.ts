import { flushPromises } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ApiError } from '@/api/errors'
import type { OwnDelivery } from '@/api/types'
import { aDelivery } from '@/testing/builders'
import { mountWith } from '@/testing/mountWith'
import * as api from './api'
import SentMail from './SentMail.vue'

vi.mock('./api')
const server = vi.mocked(api)
let unmount: () => void = () => undefined

async function open(items: OwnDelivery[], next_cursor: string | null = null) {
  server.listDeliveries.mockResolvedValueOnce({ items, next_cursor })
  const { wrapper } = await mountWith(SentMail, { path: '/profile/mails' })
  unmount = () => wrapper.unmount()
  await flushPromises()
  return { wrapper, rows: () => wrapper.findAll('li').map((row) => row.text()) }
}

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse('2026-11-23T22:30:00Z'), toFake: ['Date'] })
  vi.resetAllMocks()
  setActivePinia(createPinia())
})

afterEach(() => {
  unmount()
  vi.useRealTimers()
})

test('shows kind, address and state of each mail', async () => {
  const waiting = {
    id: 'b',
    subject: null,
    address: null,
    sent_at: null,
    state: 'pending',
    attempts: 0,
  } as const
  const { rows } = await open([
    aDelivery({ ...waiting, due_at: '2026-11-24T07:00:00Z' }),
    aDelivery({
      ...waiting,
      id: 'c',
      kind: 'account.reset_password',
      attempts: 2,
      due_at: '2026-11-23T22:40:00Z',
    }),
    aDelivery({
      ...waiting,
      id: 'd',
      kind: 'galaxy.imploded',
      state: 'parked',
      attempts: 9,
      error: '550 no',
    }),
    aDelivery(),
  ])
  expect(rows()[0]).toMatch(/^Assigned to you.*Held back until .*24.*2026.*7:00.*Waiting/)
  expect(rows()[1]).toMatch(/^Choose a new password.*Next attempt: .*10:40.*Waiting/)
  expect(rows()[2]).toMatch(/^galaxy\.imploded.*The answer: 550 no.*Could not be sent/)
  expect(rows()[3]).toMatch(/^Bo assigned .*Mail.*Assigned to you.*ada@example\.com.*Sent.*20.*2026/)
})

test('more are loaded on request, and a failure keeps the list', async () => {
  const { wrapper, rows } = await open([aDelivery()], 'next')
  server.listDeliveries.mockRejectedValueOnce(new ApiError({ type: 'network', status: 0, title: 'x' }))
  const more = () => wrapper.findAll('button').find((button) => button.text() === 'Load more')
  await more()?.trigger('click')
  await flushPromises()
  expect(rows()).toHaveLength(1)
  server.listDeliveries.mockResolvedValueOnce({ items: [aDelivery({ id: 'b' })], next_cursor: null })
  await wrapper.get('[role=alert] button').trigger('click')
  await flushPromises()
  expect(server.listDeliveries).toHaveBeenLastCalledWith('next')
  expect(rows()).toHaveLength(2)
  expect(more()).toBeUndefined()
})

test('says when there are none', async () => {
  expect((await open([])).wrapper.get('.empty').text()).toContain('No mails so far')
})

test('a failure is reported and can be retried', async () => {
  server.listDeliveries.mockRejectedValueOnce(new ApiError({ type: 'network', status: 0, title: 'x' }))
  const { wrapper } = await mountWith(SentMail, { path: '/profile/mails' })
  unmount = () => wrapper.unmount()
  await flushPromises()
  server.listDeliveries.mockResolvedValueOnce({ items: [aDelivery()], next_cursor: null })
  await wrapper.get('[role=alert] button').trigger('click')
  await flushPromises()
  expect(wrapper.findAll('li')).toHaveLength(1)
})
