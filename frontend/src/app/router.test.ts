// The ways through the pages: who may go where, what each page is called, and what happens when a page's part is gone.
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { RouteLocationNormalized } from 'vue-router'
import { useAuthStore } from '@/features/session/store/auth'
import { aUser } from '@/testing/builders'
import { allTexts } from '@/testing/texts'
import { isPartMissing, setPartMissing } from '@/ui/lazyPart'
import { guard, router } from './router'

/** Where the guard leads who wants to go there. */
async function lead(path: string) {
  const wanted = router.resolve(path) as RouteLocationNormalized
  const answer = await guard(wanted)
  return answer === true ? wanted : router.resolve(answer)
}

beforeEach(() => {
  setActivePinia(createPinia())
  localStorage.clear()
  sessionStorage.clear()
})

describe('access', () => {
  test.each([
    ['/', '/login'],
    ['/trash?page=2', '/login?redirect=/trash?page=2'],
    ['/projects/1?task=2#comments', '/login?redirect=/projects/1?task=2%23comments'],
    ['/nowhere/at/all', '/login?redirect=/nowhere/at/all'],
    ['/admin/accounts', '/login?redirect=/admin/accounts'],
    ['/login?redirect=/inbox', '/login?redirect=/inbox'],
    ['/register', '/register'],
    ['/reset-password?token=x', '/reset-password?token=x'],
    ['/unsubscribe?token=x', '/unsubscribe?token=x'],
    ['/invitations/accept?token=x', '/invitations/accept?token=x'],
  ])('signed out, %s leads to %s', async (path, expected) => {
    expect((await lead(path)).fullPath).toBe(expected)
  })

  test('the redirect to the sign-in page leads back', async () => {
    const { query } = await lead('/search?q=a%2Fb&due=overdue')
    useAuthStore().user = aUser()
    const back = await lead(`/login?redirect=${encodeURIComponent(String(query.redirect))}`)
    expect(back.fullPath).toBe('/search?q=a%2Fb&due=overdue')
  })

  test.each([
    ['/trash', '/trash'],
    ['/login', '/'],
    ['/register?redirect=/profile', '/profile'],
    ['/login?redirect=//evil.example', '/'],
    ['/confirm-email?token=x', '/confirm-email?token=x'],
    ['/nowhere/at/all', '/nowhere/at/all'],
    ['/admin/accounts', '/admin/accounts'],
  ])('signed in, %s leads to %s', async (path, expected) => {
    useAuthStore().user = aUser()
    expect((await lead(path)).fullPath).toBe(expected)
  })

  test.each([
    [true, 'admin-accounts'],
    [false, 'not-found'],
  ])('the administration is there for an administrator alone (%s)', async (is_admin, name) => {
    useAuthStore().user = aUser({ is_admin })
    const { name: shown, fullPath } = await lead('/admin/accounts')
    // The address stays, so that nothing tells of it.
    expect([shown, fullPath]).toEqual([name, '/admin/accounts'])
  })
})

test('an unknown page shows an error', () => {
  expect(router.resolve('/nowhere/at/all')).toMatchObject({
    name: 'not-found',
    meta: { title: 'notFound.title' },
  })
})

test('every page has its own title in every language', async () => {
  for (const language of ['en', 'zh-CN'] as const) {
    const texts: unknown = (await allTexts[language]()).default
    for (const { path, meta } of router.getRoutes()) {
      const text = meta.title
        .split('.')
        .reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], texts)
      // A feature's texts are compiled when they are loaded.
      const source =
        typeof text === 'string' ? text : (text as { loc?: { source: string } } | undefined)?.loc?.source
      expect(source, `${language}: ${path}`).toMatch(/\S/)
    }
  }
  const titles = router.getRoutes().flatMap(({ name, meta }) => (name === undefined ? [] : [meta.title]))
  const shared = titles.filter((title, index) => titles.indexOf(title) !== index)
  // Until the project, or the webhook, is known.
  expect(shared).toEqual(['nav.webhooks'])
})

describe('a page with a chunk missing after a release', () => {
  const gone = new TypeError('Failed to fetch dynamically imported module: /assets/Trash-1.js')
  const assign = vi.fn()

  beforeEach(() => {
    setPartMissing(false)
    useAuthStore().user = aUser()
    assign.mockReset()
    vi.stubGlobal('location', { assign })
    for (const name of ['trash', 'inbox']) {
      router.addRoute({
        path: `/${name}`,
        name,
        component: () => Promise.reject(name === 'trash' ? gone : new Error('a fault of its own')),
        meta: { title: 'nav.trash' },
      })
    }
  })
  afterEach(() => vi.unstubAllGlobals())

  test('is reloaded by the browser once, then reported', async () => {
    vi.stubGlobal('fetch', vi.fn().mockResolvedValue({ ok: true }))
    await expect(router.push('/trash?page=2')).rejects.toBe(gone)
    await vi.waitFor(() => expect(assign).toHaveBeenCalledExactlyOnceWith('/trash?page=2'))
    expect(isPartMissing.value).toBe(false)
    await expect(router.push('/trash?page=2')).rejects.toBe(gone)
    await vi.waitFor(() => expect(isPartMissing.value).toBe(true))
    expect(assign).toHaveBeenCalledOnce()
  })

  test('stays and reports it without a server', async () => {
    vi.stubGlobal('fetch', vi.fn().mockRejectedValue(new TypeError('Failed to fetch')))
    await expect(router.push('/trash')).rejects.toBe(gone)
    await vi.waitFor(() => expect(isPartMissing.value).toBe(true))
    expect(assign).not.toHaveBeenCalled()
  })

  test('does not hide other errors', async () => {
    vi.stubGlobal('fetch', vi.fn().mockResolvedValue({ ok: true }))
    await expect(router.push('/inbox')).rejects.toThrow('a fault of its own')
    expect([assign.mock.calls.length, isPartMissing.value]).toEqual([0, false])
  })
})
