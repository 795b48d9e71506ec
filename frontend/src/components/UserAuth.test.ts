import { flushPromises, mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import * as authApi from '@/api/auth'
import { ApiError } from '@/api/errors'
import { i18n, setLanguage } from '@/i18n'
import { useAuthStore } from '@/stores/auth'
import { aSession } from '@/testing/builders'
import UserAuth from './UserAuth.vue'

vi.mock('@/api/auth')
const server = vi.mocked(authApi)

beforeEach(async () => {
  setActivePinia(createPinia())
  vi.resetAllMocks()
  await setLanguage('en')
})

afterEach(() => useAuthStore().$dispose())

function open(mode: 'login' | 'register') {
  return mount(UserAuth, { props: { mode }, global: { plugins: [i18n] } })
}

async function fillIn(wrapper: ReturnType<typeof open>): Promise<void> {
  await wrapper.get('input[name=email]').setValue('ada@example.com ')
  await wrapper.get('input[name=password]').setValue('a long password')
  await wrapper.get('form').trigger('submit')
  await flushPromises()
}

test('signs in', async () => {
  server.login.mockResolvedValue(aSession())
  const wrapper = open('login')
  await fillIn(wrapper)
  expect(server.login).toHaveBeenCalledWith({ email: 'ada@example.com', password: 'a long password' })
  expect(wrapper.emitted('done')).toHaveLength(1)
})

test('a wrong password is said in words of ours', async () => {
  server.login.mockRejectedValue(new ApiError({ type: 'unauthenticated', status: 401, title: 'x' }))
  const wrapper = open('login')
  await fillIn(wrapper)
  expect(wrapper.get('[role=alert]').text()).toBe('Email or password is wrong.')
})

test('registers with the language and the time zone of the browser', async () => {
  server.register.mockResolvedValue(aSession())
  await fillIn(open('register'))
  expect(server.register).toHaveBeenCalledWith(
    expect.objectContaining({
      language: 'en',
      time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    }),
  )
})

test('what the server says of a field stands beside it, in words of ours', async () => {
  const errors = [{ field: 'password', message: 'is too common or easy to guess' }]
  server.register.mockRejectedValue(new ApiError({ type: 'validation', status: 422, title: 'x', errors }))
  const wrapper = open('register')
  await fillIn(wrapper)
  const field = wrapper.get('input[name=password]')
  expect(field.attributes('aria-invalid')).toBe('true')
  expect(wrapper.get(`[id="${field.attributes('aria-describedby')}"]`).text()).toBe(
    'Too common or easy to guess. A few unrelated words are better.',
  )
  expect(wrapper.find('[role=alert]').exists()).toBe(false)
})

test('the password can be shown', async () => {
  const wrapper = open('login')
  expect(wrapper.get('input[name=password]').attributes('type')).toBe('password')
  await wrapper.get('button[aria-label="Show password"]').trigger('click')
  expect(wrapper.get('input[name=password]').attributes('type')).toBe('text')
})

test('who follows an invitation finds the address filled in', () => {
  const wrapper = mount(UserAuth, {
    props: { mode: 'register', email: 'bo@example.com' },
    global: { plugins: [i18n] },
  })
  expect(wrapper.get<HTMLInputElement>('input[name=email]').element.value).toBe('bo@example.com')
})

test('an account that is to be deleted can be kept, or left alone', async () => {
  const current = { due_at: '2026-12-14T08:00:00Z' }
  server.login.mockRejectedValue(new ApiError({ type: 'account-deletion', status: 403, title: 'x', current }))
  const wrapper = open('login')
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
