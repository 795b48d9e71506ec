import { flushPromises } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ApiError } from '@/api/errors'
import { mountWith } from '@/testing/mountWith'
import * as api from '../api'
import WatchToggle from './WatchToggle.vue'

vi.mock('../api')
const server = vi.mocked(api)
const refused = new ApiError({ type: 'network', status: 0, title: 'x' })
let unmount: () => void = () => undefined

async function open() {
  const { wrapper } = await mountWith(WatchToggle, { props: { taskId: 'task-1' } })
  unmount = () => wrapper.unmount()
  await flushPromises()
  return wrapper
}

beforeEach(() => {
  vi.resetAllMocks()
  setActivePinia(createPinia())
  server.isWatching.mockResolvedValue(false)
})

afterEach(() => unmount())

test('shows and toggles watching', async () => {
  const wrapper = await open()
  expect(wrapper.get('button').attributes('aria-pressed')).toBe('false')
  await wrapper.get('button').trigger('click')
  await flushPromises()
  expect(server.setWatching).toHaveBeenCalledWith('task-1', true)
  expect(wrapper.get('button').attributes('aria-pressed')).toBe('true')
  expect(wrapper.get('[role=status]').text()).toContain('You are watching this task')
})

test('reverts when the server refuses', async () => {
  server.setWatching.mockRejectedValue(refused)
  const wrapper = await open()
  await wrapper.get('button').trigger('click')
  await flushPromises()
  expect(wrapper.get('button').attributes('aria-pressed')).toBe('false')
})

test('offers nothing while loading', async () => {
  server.isWatching.mockRejectedValue(refused)
  expect((await open()).find('button').exists()).toBe(false)
})
