// Whoever leaves takes with them what they have asked for.
import { beforeEach, expect, test, vi } from 'vitest'
import * as authApi from '@/features/session/api/auth'
import { aSession } from '@/testing/builders'
import { deferred } from '@/testing/deferred'
import { aProblem, stubServer, type StubAnswer } from '@/testing/stubServer'
import { http, refreshSession } from './client'
import { abandonSession, getAccessToken, onSessionRenewed, sessionSignal, setAccessToken } from './session'

beforeEach(() => {
  abandonSession()
  setAccessToken('ada')
})

/** Lets the request get as far as the server. */
const asking = () => vi.waitFor(() => expect(answers).not.toHaveLength(0))
let answers: ReturnType<typeof deferred<StubAnswer>>[] = []

function slowServer() {
  answers = []
  return stubServer(() => {
    const answer = deferred<StubAnswer>()
    answers.push(answer)
    return answer.promise
  })
}

test.each([
  ['an answer', { status: 200, data: 'of the last person' }],
  ['a refusal', aProblem('forbidden', 403)],
  ['an expired token', aProblem('unauthenticated', 401)],
])('%s that comes after it is not heard', async (_, late) => {
  const asked = slowServer()
  const request = expect(http.get('/tasks')).rejects.toMatchObject({ type: 'cancelled', status: 0 })
  await asking()
  abandonSession()
  setAccessToken('bob')
  answers[0]?.resolve(late)
  await request
  expect(asked).toEqual(['get /tasks'])
})

test('a pending request is cancelled', async () => {
  const signals: unknown[] = []
  stubServer((config) => {
    signals.push(config.signal)
    return new Promise(() => undefined)
  })
  void http.get('/tasks').catch(() => undefined)
  void http.get('/search', { signal: new AbortController().signal }).catch(() => undefined)
  await vi.waitFor(() => expect(signals).toHaveLength(2))
  abandonSession()
  expect(signals.map((signal) => (signal as AbortSignal).aborted)).toEqual([true, true])
})

test('a late refresh answer signs nobody in', async () => {
  slowServer()
  const renewed = vi.fn()
  const stop = onSessionRenewed(renewed)
  const renewal = expect(refreshSession()).rejects.toMatchObject({ type: 'cancelled' })
  await asking()
  abandonSession()
  answers[0]?.resolve({ status: 200, data: aSession({ access_token: 'late' }) })
  await renewal
  expect(getAccessToken()).toBeNull()
  expect(renewed).not.toHaveBeenCalled()
  stop()
})

test('the next person has their own refresh', async () => {
  slowServer()
  const first = refreshSession().catch(() => undefined)
  await asking()
  abandonSession()
  const second = refreshSession()
  await vi.waitFor(() => expect(answers).toHaveLength(2))
  answers[1]?.resolve({ status: 200, data: aSession({ access_token: 'bob' }) })
  expect((await second).access_token).toBe('bob')
  answers[0]?.resolve({ status: 200, data: aSession({ access_token: 'ada' }) })
  await first
  expect(getAccessToken()).toBe('bob')
})

test('signing out itself continues', async () => {
  slowServer()
  const told = authApi.logout()
  await asking()
  abandonSession()
  answers[0]?.resolve({ status: 204 })
  await expect(told).resolves.toBeUndefined()
})

test('each session has its own signal', () => {
  const before = sessionSignal()
  abandonSession()
  expect(before.aborted).toBe(true)
  expect(sessionSignal().aborted).toBe(false)
})
