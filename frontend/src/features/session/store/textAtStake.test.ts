import { createPinia, setActivePinia } from 'pinia'
import { expect, test, vi } from 'vitest'
import { openAnew } from '@/lib/newRelease'
import * as unsent from '@/lib/useUnsent'
import { aUser } from '@/testing/builders'
import { isPartMissing, recoverPart } from '@/ui/lazyPart'
import { useAuthStore } from './auth'

vi.mock('@/lib/newRelease', async (original) => ({ ...(await original<object>()), openAnew: vi.fn() }))
vi.mock('@/lib/useUnsent', async (original) => ({ ...(await original<object>()), hasUnsent: vi.fn() }))

test('unsent text prevents an automatic reload', async () => {
  setActivePinia(createPinia())
  const auth = useAuthStore()
  vi.mocked(openAnew).mockResolvedValue(true)
  vi.mocked(unsent.hasUnsent).mockReturnValue(true)
  const gone = new TypeError('Failed to fetch dynamically imported module: /assets/TaskPanel-1.js')

  // Nobody is signed in: what they keep waits for them in any page.
  expect(await recoverPart(gone)).toBe(true)
  auth.user = aUser()
  expect(await recoverPart(gone)).toBe(false)
  expect(isPartMissing.value).toBe(true)
  expect(openAnew).toHaveBeenCalledTimes(1)
})
