import { flushPromises } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { shallowRef } from 'vue'
import { ApiError } from '@/api/errors'
import type { ServerInfo } from '@/api/types'
import * as authApi from '@/features/session/api/auth'
import { useAuthStore } from '@/features/session/store/auth'
import { useServerInfo } from '@/features/session/useServerInfo'
import { aFieldError, aSession } from '@/testing/builders'
import { mountWith } from '@/testing/mountWith'
import UserAuth from './UserAuth.vue'

vi.mock('@/features/session/api/auth')
vi.mock('@/features/session/useServerInfo')
const server = vi.mocked(authApi)

beforeEach(() => {
  setActivePinia(createPinia())
  vi.resetAllMocks()
  serverThatSendsMail(false)
})

afterEach(() => {
  unmount()
  useAuthStore().$dispose()
})

let unmount: () => void = () => undefined

async function open(mode: 'login' | 'register', props: { email?: string; invitationToken?: string } = {}) {
  const { wrapper } = await mountWith(UserAuth, { props: { mode, ...props }, path: '/login?redirect=/trash' })
  unmount = () => wrapper.unmount()
  return wrapper
}

function serverThatSendsMail(mail: boolean): void {
  vi.mocked(useServerInfo).mockReturnValue({ server: shallowRef({ mail } as ServerInfo) })
}

async function fillIn(wrapper: Awaited<ReturnType<typeof open>>): Promise<void> {
  await wrapper.get('input[name=email]').setValue('ada@example.com ')
  await wrapper.get('input[name=password]').setValue('a long password')
  await wrapper.get('form').trigger('submit')
  await flushPromises()
}

test('signs in', async () => {
  server.login.mockResolvedValue(aSession())
  const wrapper = await open('login')
  await fillIn(wrapper)
  expect(server.login).toHaveBeenCalledWith({ email: 'ada@example.com', password: 'a long password' })
  expect(wrapper.emitted('done')).toHaveLength(1)
  expect(wrapper.emitted('update:email'), 'for who has forgotten the password').toEqual([['ada@example.com']])
})

test('a wrong password is reported with our own text', async () => {
  server.login.mockRejectedValue(new ApiError({ type: 'unauthenticated', status: 401, title: 'x' }))
  const wrapper = await open('login')
  await fillIn(wrapper)
  expect(wrapper.get('[role=alert]').text()).toBe('Email or password is wrong.')
})

test('registers with the language and the time zone of the browser', async () => {
  server.register.mockResolvedValue(aSession())
  await fillIn(await open('register'))
  expect(server.register).toHaveBeenCalledWith(
    expect.objectContaining({
      language: 'en',
      time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    }),
  )
})

test.each(['Etc/Unknown', undefined])('registers from a browser whose zone is %s', async (timeZone) => {
  server.register.mockResolvedValue(aSession())
  const known = Intl.DateTimeFormat().resolvedOptions()
  vi.spyOn(Intl.DateTimeFormat.prototype, 'resolvedOptions').mockReturnValue({ ...known, timeZone } as never)
  const wrapper = await open('register')
  await fillIn(wrapper)
  expect(server.register).toHaveBeenCalledWith(expect.objectContaining({ time_zone: undefined }))
  expect(wrapper.emitted('done')).toHaveLength(1)
})

test('a zone unknown to the server does not prevent registration', async () => {
  const errors = [aFieldError('time_zone', 'invalid_time_zone')]
  const refused = new ApiError({ type: 'validation', status: 422, title: 'x', errors })
  server.register.mockRejectedValueOnce(refused).mockResolvedValueOnce(aSession())
  const wrapper = await open('register')
  await fillIn(wrapper)
  expect(server.register).toHaveBeenCalledTimes(2)
  expect(server.register).toHaveBeenLastCalledWith(expect.objectContaining({ time_zone: undefined }))
  expect(wrapper.emitted('done')).toHaveLength(1)
})

test('field errors appear at the field with our own text', async () => {
  const errors = [aFieldError('password', 'password_too_common')]
  server.register.mockRejectedValue(new ApiError({ type: 'validation', status: 422, title: 'x', errors }))
  const wrapper = await open('register')
  await fillIn(wrapper)
  const field = wrapper.get('input[name=password]')
  expect(field.attributes('aria-invalid')).toBe('true')
  expect(wrapper.get(`[id="${field.attributes('aria-describedby')}"]`).text()).toBe(
    'This is too common or easy to guess. Use a few unrelated words.',
  )
  expect(wrapper.find('[role=alert]').exists()).toBe(false)
})

test('the password can be shown', async () => {
  const wrapper = await open('login')
  expect(wrapper.get('input[name=password]').attributes('type')).toBe('password')
  await wrapper.get('button[aria-label="Show password"]').trigger('click')
  expect(wrapper.get('input[name=password]').attributes('type')).toBe('text')
})

test('with mail on, an unconfirmed address is suggested as the reason', async () => {
  serverThatSendsMail(true)
  server.login.mockRejectedValue(new ApiError({ type: 'unauthenticated', status: 401, title: 'x' }))
  const wrapper = await open('login')
  await fillIn(wrapper)
  expect(wrapper.get('[role=alert]').text()).toContain('follow the link in the mail first')
  const again = new URL(wrapper.get('[role=alert] a').attributes('href') ?? '', 'http://localhost')
  expect(again.pathname).toBe('/register')
  expect(Object.fromEntries(again.searchParams)).toEqual({ redirect: '/trash', email: 'ada@example.com' })
})

test('with mail on, registering does not sign in', async () => {
  server.register.mockResolvedValue(null)
  const wrapper = await open('register', { invitationToken: 'abc' })
  await fillIn(wrapper)
  expect(server.register).toHaveBeenCalledWith(expect.objectContaining({ invitation_token: 'abc' }))
  expect(wrapper.emitted('done')).toBeUndefined()
  expect(wrapper.emitted('sent')).toEqual([['ada@example.com']])
  expect(useAuthStore().isSignedIn).toBe(false)
})

test('an invitation prefills the address', async () => {
  const wrapper = await open('register', { email: 'bo@example.com' })
  expect(wrapper.get<HTMLInputElement>('input[name=email]').element.value).toBe('bo@example.com')
})

test('an account about to be deleted can be kept', async () => {
  const current = { due_at: '2026-12-14T08:00:00Z' }
  server.login.mockRejectedValue(new ApiError({ type: 'account-deletion', status: 403, title: 'x', current }))
  const wrapper = await open('login')
  await fillIn(wrapper)
  expect(wrapper.get('[role=alert]').text()).toContain('This account will be deleted on December 14, 2026.')
  const [keep, leave] = wrapper.findAll('button')
  await leave?.trigger('click')
  expect(wrapper.get<HTMLInputElement>('input[name=password]').element.value).toBe('')

  await fillIn(wrapper)
  server.login.mockResolvedValue(aSession())
  await wrapper.findAll('button')[0]?.trigger('click')
  await flushPromises()
  expect(keep?.text()).toBe('Keep my account')
  expect(server.login).toHaveBeenLastCalledWith({
    email: 'ada@example.com',
    password: 'a long password',
    keep_account: true,
  })
  expect(wrapper.emitted('done')).toHaveLength(1)
})
