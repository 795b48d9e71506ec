import { flushPromises } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { toRef } from 'vue'
import { ApiError } from '@/api/errors'
import type { ServerInfo } from '@/api/types'
import * as authApi from '@/features/session/api/auth'
import { useAuthStore } from '@/features/session/store/auth'
import { aFieldError, aSession } from '@/testing/builders'
import { mountWith } from '@/testing/mountWith'
import { stubUnavailable } from '@/testing/stubServer'
import ResetPassword from './ResetPassword.vue'

vi.mock('@/features/session/api/auth')
const info = vi.hoisted(() => ({ value: null as ServerInfo | null }))
vi.mock('@/features/session/useServerInfo', () => ({
  useServerInfo: () => ({ server: toRef(info, 'value') }),
}))
const server = vi.mocked(authApi)
let unmount: () => void = () => undefined

const refused = (field: string, code: string) =>
  new ApiError({ type: 'validation', status: 422, title: 'x', errors: [aFieldError(field, code)] })

async function open(path: string, mail = true) {
  info.value = { version: '1', registration_open: true, mail, needs_administrator: false }
  const { wrapper, router } = await mountWith(ResetPassword, { path })
  unmount = () => wrapper.unmount()
  await flushPromises()
  return Object.assign(wrapper, { router })
}

beforeEach(() => {
  stubUnavailable()
  vi.resetAllMocks()
  setActivePinia(createPinia())
  server.resetPassword.mockResolvedValue('ada@example.com')
})

afterEach(() => unmount())

test('requests the mail with the same answer for everyone', async () => {
  const wrapper = await open('/reset-password')
  await wrapper.get('input[name=email]').setValue(' ada@example.com ')
  await wrapper.get('form').trigger('submit')
  await flushPromises()
  expect(server.requestPasswordReset).toHaveBeenCalledWith('ada@example.com')
  expect(wrapper.get('[role=status]').text()).toContain('If ada@example.com has an account here')
})

test('says so when the server sends no mail', async () => {
  const wrapper = await open('/reset-password', false)
  expect(wrapper.find('form').exists()).toBe(false)
  expect(wrapper.text()).toContain('This server sends no mail')
})

test('the address is carried to and from the sign-in page with its redirect', async () => {
  const wrapper = await open('/reset-password?email=ada@example.com&redirect=/trash')
  expect(wrapper.get<HTMLInputElement>('input[name=email]').element.value).toBe('ada@example.com')
  const back = new URL(wrapper.get('.back a').attributes('href') ?? '', 'http://localhost')
  expect(back.pathname).toBe('/login')
  expect(Object.fromEntries(back.searchParams)).toEqual({ email: 'ada@example.com', redirect: '/trash' })
})

test('a weak password is refused at the field, a good one signs in', async () => {
  server.login.mockResolvedValue(aSession())
  const wrapper = await open('/reset-password?token=abc')
  server.resetPassword.mockRejectedValueOnce(refused('password', 'is too common or easy to guess'))
  await wrapper.get('input[name=password]').setValue('password')
  await wrapper.get('form').trigger('submit')
  await flushPromises()
  expect(wrapper.get('input[name=password]').attributes('aria-invalid')).toBe('true')
  await wrapper.get('input[name=password]').setValue('eleven grey herons')
  await wrapper.get('form').trigger('submit')
  await flushPromises()
  expect(server.resetPassword).toHaveBeenLastCalledWith('abc', 'eleven grey herons')
  expect(server.login).toHaveBeenCalledWith({ email: 'ada@example.com', password: 'eleven grey herons' })
  expect(useAuthStore().isSignedIn).toBe(true)
  expect(wrapper.router.currentRoute.value.name).toBe('dashboard')
})

test('further sign-in questions are asked on the sign-in page, with the address filled in', async () => {
  server.login.mockRejectedValue(new ApiError({ type: 'account-deletion', status: 403, title: 'x' }))
  const wrapper = await open('/reset-password?token=abc')
  await wrapper.get('input[name=password]').setValue('eleven grey herons')
  await wrapper.get('form').trigger('submit')
  await flushPromises()
  expect(useAuthStore().isSignedIn).toBe(false)
  expect(wrapper.get('[role=status]').text()).toContain('Your password has been changed')
  expect(wrapper.get('[role=status] a').attributes('href')).toBe('/login?email=ada@example.com')
})

test('an expired link offers a new one', async () => {
  const wrapper = await open('/reset-password?token=old')
  server.resetPassword.mockRejectedValueOnce(refused('token', 'is no longer valid; request a new mail'))
  await wrapper.get('input[name=password]').setValue('eleven grey herons')
  await wrapper.get('form').trigger('submit')
  await flushPromises()
  expect(wrapper.get('[role=alert] a').attributes('href')).toBe('/reset-password')
})

test('the signed-in person is signed out, whoever the link is for', async () => {
  server.login.mockResolvedValueOnce(aSession()).mockRejectedValueOnce(new Error('no network'))
  const wrapper = await open('/reset-password?token=abc')
  const auth = useAuthStore()
  await auth.login({ email: 'ada@example.com', password: 'x' })
  await wrapper.get('input[name=password]').setValue('eleven grey herons')
  await wrapper.get('form').trigger('submit')
  await flushPromises()
  expect(auth.isSignedIn).toBe(false)
})
