// @vitest-environment happy-dom
// A renewal whose answer was lost is asked for again as the same request, also after a reload and by another tab.
import { beforeEach, expect, test, vi } from 'vitest'
import { aSession } from '@/testing/builders'
import { deferred } from '@/testing/deferred'
import { aProblem, stubServer, type StubAnswer } from '@/testing/stubServer'
import { refreshSession } from './client'
import { abandonSession } from './session'

const fine: StubAnswer = { status: 200, data: aSession() }
let keys: string[] = []
let answer: () => StubAnswer | Promise<StubAnswer> = () => fine

beforeEach(() => {
  abandonSession()
  localStorage.clear()
  keys = []
  answer = () => fine
  stubServer((config) => {
    keys.push(String(config.headers.get('Idempotency-Key')))
    return answer()
  })
})

const renew = () => refreshSession().catch(() => undefined)

test('each refresh has its own random key', async () => {
  await renew()
  await renew()
  expect(keys[0]).toMatch(/^[0-9a-f]{32}$/)
  expect(keys[1]).not.toBe(keys[0])
})

test.each([
  ['no answer', () => Promise.reject(new TypeError('Failed to fetch'))],
  ['a server that is not there', () => aProblem('unavailable', 503)],
  ['a question too many', () => aProblem('rate-limited', 429)],
])('%s: the next try is the same request', async (_, lost) => {
  answer = lost
  await renew()
  await renew()
  // A tab of its own, or this one after a reload.
  vi.resetModules()
  const another = await import('./refreshKey')
  expect(another.refreshKey()).toBe(keys[0])
  answer = () => fine
  await renew()
  await renew()
  expect(keys.slice(0, 3)).toEqual([keys[0], keys[0], keys[0]])
  expect(keys[3]).not.toBe(keys[0])
})

test('a refusal is an answer', async () => {
  answer = () => aProblem('session-ended', 401)
  await renew()
  answer = () => fine
  await renew()
  expect(keys[1]).not.toBe(keys[0])
})

test('an interrupted refresh keeps its key', async () => {
  const slow = deferred<StubAnswer>()
  answer = () => slow.promise
  const first = renew()
  await vi.waitFor(() => expect(keys).toHaveLength(1))
  abandonSession()
  slow.resolve(fine)
  await first
  answer = () => fine
  await renew()
  expect(keys[1]).toBe(keys[0])
})

test('a late answer does not remove the key of the next refresh', async () => {
  const { refreshKey, forgetRefreshKey } = await import('./refreshKey')
  const first = refreshKey()
  forgetRefreshKey(first)
  const second = refreshKey()
  forgetRefreshKey(first)
  expect(refreshKey()).toBe(second)
})

test('the key is repeated without storage, too', async () => {
  const blocked = vi.spyOn(Storage.prototype, 'getItem').mockImplementation(() => {
    throw new Error('blocked')
  })
  answer = () => Promise.reject(new TypeError('Failed to fetch'))
  await renew()
  await renew()
  expect(keys[1]).toBe(keys[0])
  blocked.mockRestore()
})
