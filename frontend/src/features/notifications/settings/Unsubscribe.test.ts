import { flushPromises } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ApiError } from '@/api/errors'
import { mountWith } from '@/testing/mountWith'
import * as api from '../api/preferences'
import Unsubscribe from './Unsubscribe.vue'

vi.mock('../api/preferences')
const server = vi.mocked(api)
let unmount: () => void = () => undefined

async function open() {
  const { wrapper } = await mountWith(Unsubscribe, { path: '/unsubscribe?token=abc' })
  unmount = () => wrapper.unmount()
  await flushPromises()
  return wrapper
}

beforeEach(() => {
  vi.resetAllMocks()
  setActivePinia(createPinia())
  server.getSubscription.mockResolvedValue({ kind: 'task.assigned', mail: true })
})

afterEach(() => unmount())

test('asks before unsubscribing', async () => {
  const wrapper = await open()
  expect(server.unsubscribe).not.toHaveBeenCalled()
  expect(wrapper.text()).toContain('of the kind “Assigned to you”')
  await wrapper.get('button.button--primary').trigger('click')
  await flushPromises()
  expect(server.unsubscribe).toHaveBeenCalledWith('abc')
  expect(wrapper.get('[role=status]').text()).toContain('You have unsubscribed')
})

test('says what to do with an invalid link', async () => {
  server.getSubscription.mockRejectedValue(new ApiError({ type: 'not-found', status: 404, title: 'x' }))
  expect((await open()).get('[role=alert]').text()).toContain('It may be incomplete.')
})

test('a failure keeps the question, with a retry', async () => {
  server.unsubscribe.mockRejectedValueOnce(new ApiError({ type: 'network', status: 0, title: 'x' }))
  const wrapper = await open()
  await wrapper.get('button.button--primary').trigger('click')
  await flushPromises()
  await wrapper.get('[role=alert] button').trigger('click')
  await flushPromises()
  expect(wrapper.get('[role=status]').text()).toContain('You have unsubscribed')
})

test('makes no in-app promise for mail-only kinds', async () => {
  server.getSubscription.mockResolvedValue({ kind: 'digest.weekly', mail: true })
  const wrapper = await open()
  expect(wrapper.text()).toContain('of the kind “Your week at a glance”?')
  expect(wrapper.text()).not.toContain('You will still be notified in the app')
})
