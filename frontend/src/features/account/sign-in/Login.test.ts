import { flushPromises } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, test, vi } from 'vitest'
import { useAuthStore } from '@/features/session/store/auth'
import { aUser } from '@/testing/builders'
import { mountWith } from '@/testing/mountWith'
import Login from './Login.vue'

vi.mock('@/features/session/api/server', () => ({ getServerInfo: vi.fn(() => new Promise(() => undefined)) }))

beforeEach(() => {
  setActivePinia(createPinia())
})

test.each([
  ['/login?redirect=/search', '/search'],
  ['/login', '/'],
  ['/register?redirect=/profile', '/profile'],
])('%s is left as soon as somebody is signed in, here or in another tab', async (path, expected) => {
  const { wrapper, router } = await mountWith(Login, { path })
  useAuthStore().user = aUser()
  await flushPromises()
  expect(router.currentRoute.value.fullPath).toBe(expected)
  wrapper.unmount()
})

test.each([
  ['whoever was here before comes back to their page', 'user-1', '/search?q=secret'],
  ['somebody else does not come to the page of the last person', 'user-2', '/'],
])('%s', async (_, id, expected) => {
  const { wrapper, router } = await mountWith(Login, {
    path: `/login?redirect=${encodeURIComponent('/search?q=secret')}`,
  })
  const auth = useAuthStore()
  auth.lastUserId = 'user-1'
  auth.user = aUser({ id })
  await flushPromises()
  expect(router.currentRoute.value.fullPath).toBe(expected)
  wrapper.unmount()
})
