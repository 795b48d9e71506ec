import { flushPromises } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ApiError } from '@/api/errors'
import * as authApi from '@/features/session/api/auth'
import { aFieldError } from '@/testing/builders'
import { mountWith } from '@/testing/mountWith'
import TakeBackAddress from './TakeBackAddress.vue'

vi.mock('@/features/session/api/auth')
const server = vi.mocked(authApi)
let unmount: () => void = () => undefined

async function open() {
  const { wrapper } = await mountWith(TakeBackAddress, { path: '/take-back-address?token=abc' })
  unmount = () => wrapper.unmount()
  await flushPromises()
  return wrapper
}

beforeEach(() => {
  setActivePinia(createPinia())
  vi.resetAllMocks()
})

afterEach(() => unmount())

test('it asks before changing anything', async () => {
  server.takeAddressBack.mockResolvedValue('ada@example.com')
  const wrapper = await open()
  expect(server.takeAddressBack).not.toHaveBeenCalled()
  await wrapper.get('button.button--danger').trigger('click')
  await flushPromises()
  expect(server.takeAddressBack).toHaveBeenCalledWith('abc')
  expect(wrapper.get('[role=status]').text()).toContain("ada@example.com is your account's address again")
})

test('an expired link says so', async () => {
  const errors = [aFieldError('token', 'link_expired')]
  server.takeAddressBack.mockRejectedValue(
    new ApiError({ type: 'validation', status: 422, title: 'x', errors }),
  )
  const wrapper = await open()
  await wrapper.get('button.button--danger').trigger('click')
  await flushPromises()
  expect(wrapper.get('[role=alert]').text()).toContain('more than seven days have passed')
})
