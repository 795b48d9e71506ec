import { flushPromises } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ApiError } from '@/api/errors'
import { anAdminDelivery } from '@/testing/builders'
import { mountWith } from '@/testing/mountWith'
import AdminDeliveries from './AdminDeliveries.vue'
import * as api from './api'

vi.mock('./api')
const server = vi.mocked(api)
let unmount: () => void = () => undefined

async function open(path = '/admin/deliveries') {
  const { wrapper, router } = await mountWith(AdminDeliveries, { path })
  unmount = () => wrapper.unmount()
  await flushPromises()
  return { wrapper, router, rows: () => wrapper.findAll('.delivery').map((row) => row.text()) }
}

beforeEach(() => {
  vi.resetAllMocks()
  setActivePinia(createPinia())
  server.listAllDeliveries.mockResolvedValue({ items: [anAdminDelivery()], next_cursor: null })
})

afterEach(() => {
  unmount()
  vi.useRealTimers()
})

test('given-up deliveries come first, with the error in words', async () => {
  const { rows } = await open()
  expect(server.listAllDeliveries).toHaveBeenCalledWith(
    { state: 'parked', channel: undefined, kind: undefined },
    undefined,
  )
  expect(rows()[0]).toContain('bo@example.com')
  expect(rows()[0]).toContain('Mail · Assigned to you')
  expect(rows()[0]).toContain('The other side refused it permanently.')
  expect(rows()[0]).toContain('permanent error (550)')
})

test('the URL filters the list, and filters change the URL', async () => {
  const { wrapper, router } = await open('/admin/deliveries?state=sent&channel=webhook')
  expect(server.listAllDeliveries).toHaveBeenLastCalledWith(
    { state: 'sent', channel: 'webhook', kind: undefined },
    undefined,
  )
  await wrapper.get('input[value=all]').setValue(true)
  await flushPromises()
  expect(router.currentRoute.value.query).toEqual({ state: 'all', channel: 'webhook' })
  expect(server.listAllDeliveries).toHaveBeenLastCalledWith(
    { state: undefined, channel: 'webhook', kind: undefined },
    undefined,
  )
  await wrapper.get('input[value=parked]').setValue(true)
  await flushPromises()
  expect(router.currentRoute.value.query).toEqual({ channel: 'webhook' })
})

test('a retried delivery stays in place', async () => {
  server.retryDelivery.mockResolvedValue(
    anAdminDelivery({ state: 'pending', last_error: null, last_error_kind: null, attempts: 0 }),
  )
  const { wrapper, rows } = await open()
  await wrapper.get('[aria-label="Try again: bo@example.com"]').trigger('click')
  await flushPromises()
  expect(server.retryDelivery).toHaveBeenCalledWith('delivery-1')
  expect(rows()[0]).toContain('Waiting')
})

test('after a retry the focus moves to the next one, finally to the heading', async () => {
  const other = anAdminDelivery({ id: 'delivery-2', recipient: 'lin@example.com' })
  server.listAllDeliveries.mockResolvedValue({ items: [anAdminDelivery(), other], next_cursor: null })
  server.retryDelivery.mockImplementation((id) =>
    Promise.resolve(anAdminDelivery({ id, state: 'pending', last_error: null, last_error_kind: null })),
  )
  const { wrapper } = await open()
  await wrapper.get('[aria-label="Try again: bo@example.com"]').trigger('click')
  await flushPromises()
  expect(document.activeElement?.getAttribute('aria-label')).toBe('Try again: lin@example.com')
  await wrapper.get('[aria-label="Try again: lin@example.com"]').trigger('click')
  await flushPromises()
  expect(document.activeElement?.textContent).toBe('Deliveries')
})

test('a delivery retried by somebody else is reloaded', async () => {
  server.retryDelivery.mockRejectedValue(new ApiError({ type: 'conflict', status: 409, title: 'x' }))
  const { wrapper, rows } = await open()
  server.listAllDeliveries.mockResolvedValue({ items: [], next_cursor: null })
  await wrapper.get('[aria-label="Try again: bo@example.com"]').trigger('click')
  await flushPromises()
  expect(rows()).toEqual([])
  expect(wrapper.get('.empty').text()).toContain('Nothing was given up')
})

test('all filtered deliveries are retried after confirmation', async () => {
  server.retryDeliveries.mockResolvedValue(3)
  const { wrapper } = await open('/admin/deliveries?kind=task.assigned')
  await wrapper.get('.all').trigger('click')
  expect(server.retryDeliveries).not.toHaveBeenCalled()
  expect(wrapper.get('dialog').text()).toContain('including deliveries not shown on this page')
  await wrapper.get('dialog .button--primary').trigger('click')
  await flushPromises()
  expect(server.retryDeliveries).toHaveBeenCalledWith({ channel: undefined, kind: 'task.assigned' })
  expect(server.listAllDeliveries).toHaveBeenCalledTimes(2)
})

test('pending deliveries are refreshed automatically', async () => {
  vi.useFakeTimers()
  const waiting = anAdminDelivery({ state: 'pending', next_attempt_at: '2026-11-20T08:00:00Z' })
  server.listAllDeliveries.mockResolvedValueOnce({ items: [waiting], next_cursor: null })
  server.listAllDeliveries.mockResolvedValue({
    items: [anAdminDelivery({ state: 'sent' })],
    next_cursor: null,
  })
  const { rows } = await open('/admin/deliveries?state=all')
  expect(rows()[0]).toContain('Due now')
  await vi.advanceTimersByTimeAsync(6_000)
  expect(rows()[0]).toContain('Sent')
  await vi.advanceTimersByTimeAsync(60_000)
  expect(server.listAllDeliveries).toHaveBeenCalledTimes(2)
})

test('a failure is reported and can be retried', async () => {
  server.listAllDeliveries.mockRejectedValueOnce(new ApiError({ type: 'network', status: 0, title: 'x' }))
  const { wrapper, rows } = await open()
  await wrapper.get('[role=alert] button').trigger('click')
  await flushPromises()
  expect(rows()).toHaveLength(1)
})
