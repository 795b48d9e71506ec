import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { START_LOCATION, type RouteLocationNormalized } from 'vue-router'
import * as client from '@/api/client'
import { ApiError } from '@/api/errors'
import { announceSessionEnded, getAccessToken, renewSession, sessionSignal } from '@/api/session'
import type { Session } from '@/api/types'
import { guard } from '@/app/router'
import { deviceShelf, openShelf, shelfOf } from '@/lib/storage'
import { aSession, aUser } from '@/testing/builders'
import * as authApi from '../api/auth'
import * as usersApi from '../api/users'
import { useAuthStore } from './auth'

vi.mock('../api/auth')
vi.mock('../api/users')
vi.mock(import('@/api/client'), async (original) => ({ ...(await original()), refreshSession: vi.fn() }))

const refresh = vi.mocked(client.refreshSession)
const refused = new ApiError({ type: 'session-ended', status: 401, title: 'Ended' })

beforeEach(() => {
  vi.useFakeTimers()
  localStorage.clear()
  sessionStorage.clear()
  openShelf('user-1')
  setActivePinia(createPinia())
  vi.resetAllMocks()
  vi.mocked(authApi.login).mockResolvedValue(aSession())
  vi.mocked(authApi.logout).mockResolvedValue()
  refresh.mockImplementation(() => renewSession(() => Promise.resolve(aSession({ access_token: 'token-2' }))))
})

afterEach(() => {
  useAuthStore().$dispose()
  vi.useRealTimers()
})

const input = { email: 'ada@example.com', password: 'secret' }

describe('the session', () => {
  test('a first visit requests nothing', async () => {
    await useAuthStore().restore()
    expect(refresh).not.toHaveBeenCalled()
  })

  test('an earlier session is resumed once', async () => {
    localStorage.setItem('todo.has-session', 'true')
    const auth = useAuthStore()
    await Promise.all([auth.restore(), auth.restore()])
    expect(refresh).toHaveBeenCalledTimes(1)
    expect(auth.user?.id).toBe('user-1')
    expect(getAccessToken()).toBe('token-2')
  })

  test('a refused refresh signs out', async () => {
    localStorage.setItem('todo.has-session', 'true')
    refresh.mockImplementation(() => {
      announceSessionEnded()
      return Promise.reject(refused)
    })
    const auth = useAuthStore()
    await auth.restore()
    expect(auth.isSignedIn).toBe(false)
    expect(localStorage.getItem('todo.has-session')).toBeNull()
  })

  test('is resumed as soon as the server answers, without a redirect before', async () => {
    localStorage.setItem('todo.has-session', 'true')
    const auth = useAuthStore()
    for (const problem of [
      { type: 'network', status: 0, title: 'x' },
      { type: 'unavailable', status: 503, title: 'x' },
      { type: 'rate-limited', status: 429, title: 'x' },
    ] as const) {
      refresh.mockRejectedValueOnce(new ApiError(problem))
    }
    const way = guard({ meta: {}, query: {}, fullPath: '/trash' } as unknown as RouteLocationNormalized)
    await vi.advanceTimersByTimeAsync(8_900)
    expect(auth.isWaiting).toBe(true)
    expect(refresh).toHaveBeenCalledTimes(3)
    await vi.advanceTimersByTimeAsync(200)
    expect(await way).toBe(true)
    expect(auth.isWaiting).toBe(false)
    expect(auth.isSignedIn).toBe(true)
  })

  test('is not requested before Retry-After', async () => {
    localStorage.setItem('todo.has-session', 'true')
    const limited = { type: 'rate-limited', status: 429, title: 'x', retryAfter: 600 } as const
    refresh.mockRejectedValueOnce(new ApiError(limited))
    const auth = useAuthStore()
    const done = auth.restore()
    await vi.advanceTimersByTimeAsync(599_000)
    expect(refresh).toHaveBeenCalledTimes(1)
    expect(auth.askAgainAt).toBe(Date.now() + 1_000)
    await vi.advanceTimersByTimeAsync(1_100)
    await done
    expect(auth.isSignedIn).toBe(true)
    expect(auth.askAgainAt).toBeNull()
    // Nor by the timer of a session that is open.
    refresh.mockRejectedValueOnce(new ApiError(limited))
    await vi.advanceTimersByTimeAsync(840_000)
    expect(refresh).toHaveBeenCalledTimes(3)
    await vi.advanceTimersByTimeAsync(590_000)
    expect(refresh).toHaveBeenCalledTimes(3)
    await vi.advanceTimersByTimeAsync(11_000)
    expect(refresh).toHaveBeenCalledTimes(4)
  })

  test('is not awaited without Retry-After', async () => {
    localStorage.setItem('todo.has-session', 'true')
    refresh.mockRejectedValue(new ApiError({ type: 'malformed-request', status: 400, title: 'x' }))
    const auth = useAuthStore()
    await auth.restore()
    expect(auth.isSignedIn).toBe(false)
    expect(auth.isWaiting).toBe(false)
    expect(refresh).toHaveBeenCalledTimes(1)
  })

  test('is refreshed before it expires', async () => {
    const auth = useAuthStore()
    await auth.login(input)
    await vi.advanceTimersByTimeAsync(839_000)
    expect(refresh).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(2_000)
    expect(refresh).toHaveBeenCalledTimes(1)
    expect(auth.tokenSerial).toBe(2)
  })

  test('is kept and retried when the network fails', async () => {
    const auth = useAuthStore()
    await auth.login(input)
    refresh.mockRejectedValueOnce(new ApiError({ type: 'network', status: 0, title: 'x' }))
    await vi.advanceTimersByTimeAsync(840_000)
    expect(auth.isSignedIn).toBe(true)
    await vi.advanceTimersByTimeAsync(15_000)
    expect(refresh).toHaveBeenCalledTimes(2)
  })

  test('signing out is immediate and tells the server', async () => {
    const auth = useAuthStore()
    await auth.login(input)
    await auth.logout()
    expect(auth.isSignedIn).toBe(false)
    expect(getAccessToken()).toBeNull()
    expect(authApi.logout).toHaveBeenCalled()
  })

  test('signing in in another tab signs in here, also when the server is slow to answer', async () => {
    vi.useRealTimers()
    const auth = useAuthStore()
    await auth.restore()
    expect(auth.isSignedIn).toBe(false)
    refresh.mockRejectedValueOnce(new ApiError({ type: 'network', status: 0, title: 'x', retryAfter: 0 }))
    localStorage.setItem('todo.has-session', 'true')
    const other = new BroadcastChannel('todo.session')
    other.postMessage('signed-in')
    await vi.waitFor(() => expect(auth.isSignedIn).toBe(true), { timeout: 5_000 })
    other.close()
  })

  test('another person’s sign-in in another tab cancels pending work here', async () => {
    const auth = useAuthStore()
    await auth.login(input)
    const before = sessionSignal()
    await auth.login(input)
    expect(before.aborted).toBe(false)
    vi.mocked(authApi.login).mockResolvedValue(aSession({ user: aUser({ id: 'user-2' }) }))
    await auth.login(input)
    expect(before.aborted).toBe(true)
    expect(getAccessToken()).not.toBeNull()
  })

  test('signing out in another tab signs out here', async () => {
    vi.useRealTimers()
    const auth = useAuthStore()
    await auth.login(input)
    const other = new BroadcastChannel('todo.session')
    other.postMessage({ signedOut: 'user-1' })
    await vi.waitFor(() => expect(auth.isSignedIn).toBe(false))
    other.close()
  })
})

describe('the profile', () => {
  test('changes immediately and reverts when refused', async () => {
    const auth = useAuthStore()
    await auth.login(input)
    vi.mocked(usersApi.updateMe).mockRejectedValue(refused)
    const change = auth.updateProfile({ name: 'Augusta' })
    expect(auth.user?.name).toBe('Augusta')
    await expect(change).rejects.toBe(refused)
    expect(auth.user?.name).toBe('Ada')
  })

  test('arrives live, but not an older one', async () => {
    const auth = useAuthStore()
    await auth.login(input)
    auth.receiveProfile(aUser({ name: 'Augusta', version: 2 }))
    auth.receiveProfile(aUser({ name: 'Older', version: 1 }))
    expect(auth.user?.name).toBe('Augusta')
  })
})

describe('access', () => {
  const to = (fields: object) =>
    ({ meta: {}, query: {}, fullPath: '/', ...fields }) as RouteLocationNormalized

  test('leads through sign-in and back', async () => {
    expect(await guard(to({ fullPath: '/trash?x=1' }))).toEqual({
      name: 'login',
      query: { redirect: '/trash?x=1' },
    })
    expect(await guard(to({ meta: { guest: true } }))).toBe(true)
  })

  test('skips the sign-in page when signed in', async () => {
    await useAuthStore().login(input)
    expect(await guard(to({}))).toBe(true)
    expect(await guard(to({ meta: { guest: true }, query: { redirect: '/trash' } }))).toBe('/trash')
  })
})

describe('browser storage', () => {
  const kept = () => Object.keys(localStorage).sort()

  async function signIn() {
    const auth = useAuthStore()
    await auth.login(input)
    shelfOf('user-1').write('views', {})
    shelfOf('user-2').write('views', {})
    deviceShelf.write('preferences', { theme: 'dark' })
    return auth
  }

  test('is cleared for the person who signs out only', async () => {
    const auth = await signIn()
    await auth.logout()
    expect(kept()).toEqual(['todo.person.user-2.views', 'todo.preferences'])
    await auth.login(input)
    shelfOf('user-1').write('views', {})
    expect(kept()).toContain('todo.person.user-1.views')
  })

  test('is cleared here, too, when signing out in another tab', async () => {
    await signIn()
    const other = new BroadcastChannel('todo.session')
    other.postMessage({ signedOut: 'user-1' })
    await vi.waitFor(() => expect(kept()).not.toContain('todo.person.user-1.views'))
    expect(kept()).toContain('todo.person.user-2.views')
    other.close()
  })

  test('is cleared in a tab with an ended session, too', async () => {
    const auth = await signIn()
    shelfOf('user-1').write('draft.task-1.title', {}, 'session')
    announceSessionEnded()
    const other = new BroadcastChannel('todo.session')
    const heard: unknown[] = []
    other.addEventListener('message', ({ data }) => heard.push(data))
    other.postMessage({ unsentOf: 'user-2' })
    other.postMessage({ unsentOf: 'user-1' })
    await vi.waitFor(() => expect(heard).toEqual(['unsent']))
    other.postMessage({ signedOut: 'user-1' })
    await vi.waitFor(() => expect(kept()).not.toContain('todo.person.user-1.views'))
    expect(Object.keys(sessionStorage)).not.toContain('todo.person.user-1.draft.task-1.title')
    expect(auth.wasEnded).toBe(false)
    other.close()
  })

  test('other tabs are told who signs out', async () => {
    const auth = await signIn()
    const other = new BroadcastChannel('todo.session')
    const heard: unknown[] = []
    other.addEventListener('message', ({ data }) => heard.push(data))
    await auth.logout()
    await vi.waitFor(() => expect(heard).toEqual([{ signedOut: 'user-1' }]))
    other.close()
  })

  test('is kept when the session merely expires', async () => {
    const auth = await signIn()
    announceSessionEnded()
    expect(auth.isSignedIn).toBe(false)
    expect(kept()).toContain('todo.person.user-1.views')
  })

  test('another tab reports unsent text', async () => {
    const auth = await signIn()
    const other = new BroadcastChannel('todo.session')
    other.addEventListener('message', ({ data }) => {
      if (data.unsentOf === 'user-1') other.postMessage('unsent')
    })
    vi.useRealTimers()
    expect(await auth.askOtherTabs()).toBe(true)
    other.close()
    expect(await auth.askOtherTabs()).toBe(false)
  })
})

describe('the starting revisions', () => {
  const topics = { 'user:user-1': 7, 'project:p': 3 }

  test('are given once, and a refresh does not change them', async () => {
    vi.mocked(authApi.login).mockResolvedValue(aSession({ topics, unread_notifications: 2 }))
    const auth = useAuthStore()
    await auth.login(input)
    await client.refreshSession()
    expect(auth.takeStartingPoint()).toEqual({ topics, unread: 2 })
    await client.refreshSession()
    expect(auth.takeStartingPoint()).toBeNull()
  })

  test('are missing from a server of the previous version', async () => {
    const session: Partial<Session> = aSession()
    delete session.topics
    delete session.unread_notifications
    vi.mocked(authApi.login).mockResolvedValue(session as Session)
    const auth = useAuthStore()
    await auth.login(input)
    expect(auth.takeStartingPoint()).toBeNull()
  })

  test('differ for another person', async () => {
    const auth = useAuthStore()
    await auth.login(input)
    vi.mocked(authApi.login).mockResolvedValue(aSession({ user: aUser({ id: 'user-2' }), topics }))
    await auth.login(input)
    expect(auth.takeStartingPoint()?.topics).toEqual(topics)
  })
})

test.each([
  ['user-2', '/'],
  ['user-1', true],
])('after a reload the page of the last person is not opened for somebody else: %s', async (id, expected) => {
  const first = useAuthStore()
  await first.login(input)
  first.$dispose()
  setActivePinia(createPinia())
  refresh.mockImplementation(() => renewSession(() => Promise.resolve(aSession({ user: aUser({ id }) }))))
  const to = { meta: {}, query: {}, fullPath: '/search?q=secret' } as unknown as RouteLocationNormalized
  expect(await guard(to, START_LOCATION)).toBe(expected)
})
