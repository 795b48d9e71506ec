import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, test } from 'vitest'
import { nextTick } from 'vue'
import { useAuthStore } from '@/features/session/store/auth'
import { aUser } from '@/testing/builders'
import { useScope } from './useScope'

beforeEach(() => {
  setActivePinia(createPinia())
  localStorage.clear()
})

test('defaults to mine; the choice is remembered per person', async () => {
  const auth = useAuthStore()
  auth.user = aUser({ id: 'scope-1' })
  const scope = useScope()
  expect(scope.value).toBe('mine')
  scope.value = 'everyone'
  await nextTick()
  expect(useScope().value).toBe('everyone')
  auth.user = aUser({ id: 'scope-2' })
  expect(useScope().value).toBe('mine')
})
