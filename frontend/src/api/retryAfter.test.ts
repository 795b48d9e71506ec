import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { aProblem, stubServer } from '@/testing/stubServer'
import { http } from './client'
import { ApiError } from './errors'
import { pauseAfter } from './retryAfter'
import { abandonSession, setAccessToken } from './session'

const wait = (seconds: string, status = 429) =>
  aProblem(status === 429 ? 'rate-limited' : 'unavailable', status, { 'retry-after': seconds })
/** Asks for patience as often as told, and then answers. */
const patient = (times: number, refusal: ReturnType<typeof aProblem>) => {
  let left = times
  return stubServer(() => (left-- > 0 ? refusal : { status: 200, data: 'fine' }))
}

beforeEach(() => {
  vi.useFakeTimers()
  vi.spyOn(Math, 'random').mockReturnValue(0)
  setAccessToken('token')
})

afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

describe('Retry-After', () => {
  test.each([
    ['get', 429],
    ['post', 429],
    ['get', 503],
  ])('of a %s with a %i is waited for, and the request sent again', async (method, status) => {
    const asked = patient(1, wait('3', status))
    const answer = http.request({ method, url: '/tasks' })
    await vi.advanceTimersByTimeAsync(2_900)
    expect(asked).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(200)
    expect((await answer).data).toBe('fine')
    expect(asked).toHaveLength(2)
  })

  test('gives up after repeated refusals', async () => {
    const asked = patient(9, wait('1'))
    const answer = expect(http.get('/tasks')).rejects.toMatchObject({ type: 'rate-limited', retryAfter: 1 })
    await vi.advanceTimersByTimeAsync(60_000)
    await answer
    expect(asked).toHaveLength(3)
  })

  test.each([
    ['a write that may have been done', () => http.post('/tasks'), wait('1', 503)],
    ['a long wait', () => http.get('/tasks'), wait('840')],
    ['a refused sign-in', () => http.post('/auth/login', {}, { withoutRenewal: true }), wait('1')],
    ['a refusal without it', () => http.get('/tasks'), aProblem('rate-limited', 429)],
  ])('is told at once: %s', async (_, ask, refusal) => {
    const asked = patient(1, refusal)
    await expect(ask()).rejects.toBeInstanceOf(ApiError)
    expect(asked).toHaveLength(1)
  })

  test('is not awaited after signing out', async () => {
    const asked = patient(1, wait('5'))
    const answer = expect(http.get('/tasks')).rejects.toMatchObject({ type: 'cancelled' })
    await vi.advanceTimersByTimeAsync(1_000)
    abandonSession()
    await answer
    await vi.advanceTimersByTimeAsync(10_000)
    expect(asked).toHaveLength(1)
  })

  test('makes automatic requests wait longer, never shorter', () => {
    const error = (retryAfter?: number) =>
      new ApiError({
        type: 'rate-limited',
        status: 429,
        title: 'x',
        ...(retryAfter === undefined ? {} : { retryAfter }),
      })
    expect(pauseAfter(error(600), 3_000)).toBe(600_000)
    expect(pauseAfter(error(1), 3_000)).toBe(3_000)
    expect(pauseAfter(error(), 3_000)).toBe(3_000)
  })
})
