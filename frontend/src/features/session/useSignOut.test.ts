import { flushPromises } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, test, vi } from 'vitest'
import { defineComponent, h } from 'vue'
import { openShelf, shelfOf } from '@/lib/storage'
import { createPending } from '@/lib/usePending'
import { useUnsent } from '@/lib/useUnsent'
import { aUser } from '@/testing/builders'
import { mountWith } from '@/testing/mountWith'
import * as authApi from './api/auth'
import { useAuthStore } from './store/auth'
import { useSignOut } from './useSignOut'

vi.mock('./api/auth')

async function mounted(isUnsent: () => boolean = () => false) {
  let leaving: ReturnType<typeof useSignOut> | undefined
  const { wrapper } = await mountWith(
    defineComponent(() => {
      leaving = useSignOut()
      useUnsent(isUnsent)
      return () => h('p')
    }),
    {},
  )
  if (!leaving) throw new Error('not mounted')
  return { wrapper, ...leaving }
}

beforeEach(() => {
  setActivePinia(createPinia())
  vi.resetAllMocks()
  vi.mocked(authApi.logout).mockResolvedValue()
  localStorage.clear()
  sessionStorage.clear()
  openShelf('user-1')
  useAuthStore().user = aUser()
})

test('without unsent text there is no question', async () => {
  const { asking, askToSignOut, wrapper } = await mounted()
  await askToSignOut()
  expect([asking.value, useAuthStore().isSignedIn]).toEqual([false, false])
  wrapper.unmount()
})

test.each([
  ['a text in a form', () => true, () => undefined],
  [
    'a draft that was not saved',
    () => false,
    () => shelfOf('user-1').write('draft.task-1.title', {}, 'session'),
  ],
])('%s is asked about, and goes only when the person says so', async (_, isUnsent, prepare) => {
  prepare()
  const { asking, askToSignOut, signOut, stay, wrapper } = await mounted(isUnsent)
  await askToSignOut()
  expect([asking.value, useAuthStore().isSignedIn]).toEqual([true, true])
  stay()
  expect(asking.value).toBe(false)
  expect(authApi.logout).not.toHaveBeenCalled()
  await signOut()
  await flushPromises()
  expect(useAuthStore().isSignedIn).toBe(false)
  expect(Object.keys(sessionStorage)).toEqual([])
  wrapper.unmount()
})

test('an unanswered change is asked about', async () => {
  const { asking, askToSignOut, stay, wrapper } = await mounted()
  let answer: () => void = () => undefined
  const change = createPending().track('update', 'task-1', () => new Promise<void>((done) => (answer = done)))
  await askToSignOut()
  expect(asking.value).toBe(true)
  stay()
  answer()
  await change
  await askToSignOut()
  expect(asking.value).toBe(false)
  wrapper.unmount()
})
