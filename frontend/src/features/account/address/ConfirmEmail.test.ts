import { flushPromises } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ApiError, type ProblemType } from '@/api/errors'
import * as authApi from '@/features/session/api/auth'
import { useAuthStore } from '@/features/session/store/auth'
import { aFieldError, aSession } from '@/testing/builders'
import { mountWith } from '@/testing/mountWith'
import { stubUnavailable } from '@/testing/stubServer'
import ConfirmEmail from './ConfirmEmail.vue'

vi.mock('@/features/session/api/auth')
const server = vi.mocked(authApi)
let unmount: () => void = () => undefined

const problem = (type: ProblemType, status: number, field?: string) =>
  new ApiError({
    type,
    status,
    title: 'x',
    errors: field ? [aFieldError(field, 'link_expired')] : [],
  })

async function open() {
  const { wrapper } = await mountWith(ConfirmEmail, { path: '/confirm-email?token=abc' })
  unmount = () => wrapper.unmount()
  await flushPromises()
  return wrapper
}

beforeEach(() => {
  stubUnavailable()
  vi.resetAllMocks()
  setActivePinia(createPinia())
})

afterEach(() => unmount())

test('opening the link confirms the address', async () => {
  const wrapper = await open()
  expect(server.confirmEmail).toHaveBeenCalledWith('abc', undefined)
  expect(wrapper.get('[role=status]').text()).toContain('Your address is confirmed')
})

test('a registration link signs in', async () => {
  server.confirmEmail.mockResolvedValue(aSession())
  const { wrapper, router } = await mountWith(ConfirmEmail, { path: '/confirm-email?token=abc' })
  unmount = () => wrapper.unmount()
  await flushPromises()
  expect(useAuthStore().isSignedIn).toBe(true)
  expect(router.currentRoute.value.name).toBe('dashboard')
  useAuthStore().$dispose()
})

test('an expired link says what to do', async () => {
  server.confirmEmail.mockRejectedValue(problem('validation', 422, 'token'))
  expect((await open()).get('[role=alert]').text()).toContain('This link is no longer valid')
})

test('without a connection it can be retried', async () => {
  server.confirmEmail.mockRejectedValueOnce(problem('network', 0))
  const wrapper = await open()
  await wrapper.get('[role=alert] button').trigger('click')
  await flushPromises()
  expect(wrapper.get('[role=status]').text()).toContain('Your address is confirmed')
})

test('a registration link asks for its password', async () => {
  server.confirmEmail.mockRejectedValue(problem('validation', 422, 'password'))
  const { wrapper, router } = await mountWith(ConfirmEmail, { path: '/confirm-email?token=abc' })
  unmount = () => wrapper.unmount()
  await flushPromises()
  expect(wrapper.text()).toContain('Enter the password you chose')
  expect(wrapper.text()).not.toContain('This is not the password')

  await wrapper.get('input').setValue('somebody else’s')
  await wrapper.get('form').trigger('submit')
  await flushPromises()
  expect(wrapper.text()).toContain('This is not the password')

  server.confirmEmail.mockResolvedValue(aSession())
  await wrapper.get('input').setValue('my own words')
  await wrapper.get('form').trigger('submit')
  await flushPromises()
  expect(server.confirmEmail).toHaveBeenLastCalledWith('abc', 'my own words')
  expect(router.currentRoute.value.name).toBe('dashboard')
  useAuthStore().$dispose()
})

test('an address change is confirmed by its requester', async () => {
  server.confirmEmail.mockRejectedValue(problem('unauthenticated', 401))
  const wrapper = await open()
  expect(wrapper.get('[role=alert]').text()).toContain('Sign in with that account')
  expect(wrapper.get('a').attributes('href')).toContain('/login?redirect=')
})
