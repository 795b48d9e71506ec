import { AxiosError, AxiosHeaders, type AxiosResponse, type InternalAxiosRequestConfig } from 'axios'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { aSession } from '@/testing/builders'
import { http, refreshSession } from './client'
import { ApiError, parseRetryAfter, toApiError } from './errors'
import { onSessionEnded, onSessionRenewed, setAccessToken } from './session'

type Answer = { status: number; data?: unknown; headers?: Record<string, string> }
type Handler = (config: InternalAxiosRequestConfig) => Answer | Promise<Answer>

const requests: { path: string; bearer: string | undefined }[] = []
let handler: Handler = () => ({ status: 200 })
const ended = vi.fn()
const stops: (() => void)[] = []

const problem = (type: string, status: number) => ({
  status,
  data: { type: `/problems/${type}`, title: type, status },
})

beforeEach(() => {
  requests.length = 0
  setAccessToken('old')
  ended.mockReset()
  stops.push(onSessionEnded(ended))
  http.defaults.adapter = async (config) => {
    const bearer = config.headers.get('Authorization')?.toString()
    requests.push({ path: config.url ?? '', bearer })
    const { status, data, headers = {} } = await handler(config)
    const response: AxiosResponse = {
      status,
      data,
      statusText: '',
      headers: new AxiosHeaders(headers),
      config,
    }
    if (status < 400) return response
    throw new AxiosError('refused', AxiosError.ERR_BAD_REQUEST, config, null, response)
  }
})

afterEach(() => {
  for (const stop of stops.splice(0)) stop()
  vi.unstubAllGlobals()
})

/** A server that knows only the new token. */
const renewing: Handler = (config) => {
  if (config.url === '/auth/refresh') return { status: 200, data: aSession({ access_token: 'new' }) }
  return config.headers.get('Authorization') === 'Bearer new'
    ? { status: 200, data: 'fine' }
    : problem('unauthenticated', 401)
}

describe('an expired token', () => {
  test('is refreshed and the request repeated', async () => {
    handler = renewing
    expect((await http.get('/tasks')).data).toBe('fine')
    expect(requests.map(({ path }) => path)).toEqual(['/tasks', '/auth/refresh', '/tasks'])
  })

  test('is refreshed once for all waiting requests', async () => {
    handler = renewing
    const renewed = vi.fn()
    stops.push(onSessionRenewed(renewed))
    await Promise.all([http.get('/a'), http.get('/b'), http.get('/c')])
    expect(requests.filter(({ path }) => path === '/auth/refresh')).toHaveLength(1)
    expect(renewed).toHaveBeenCalledTimes(1)
  })

  test('is not refreshed again after another refresh', async () => {
    handler = (config) => {
      if (config.headers.get('Authorization') === 'Bearer old') setAccessToken('new')
      return renewing(config)
    }
    await http.get('/tasks')
    expect(requests.map(({ path }) => path)).toEqual(['/tasks', '/tasks'])
  })

  test('waits for the lock shared by all tabs', async () => {
    handler = renewing
    const request = vi.fn((_: string, __: LockOptions, work: () => Promise<unknown>) => work())
    vi.stubGlobal('navigator', { locks: { request } })
    await http.get('/tasks')
    expect(request).toHaveBeenCalledWith('todo.refresh', expect.anything(), expect.any(Function))
  })

  test('is retried only once', async () => {
    handler = (config) => (config.url === '/tasks' ? problem('unauthenticated', 401) : renewing(config))
    await expect(http.get('/tasks')).rejects.toMatchObject({ type: 'unauthenticated' })
    expect(requests).toHaveLength(3)
  })

  test('ends the session when the refresh is refused', async () => {
    handler = () => problem('session-ended', 401)
    await expect(http.get('/tasks')).rejects.toMatchObject({ type: 'session-ended' })
    expect(ended).toHaveBeenCalledTimes(1)
  })

  test('does not end the session without an answer', async () => {
    handler = () => {
      throw new AxiosError('Network Error', AxiosError.ERR_NETWORK)
    }
    await expect(refreshSession()).rejects.toMatchObject({ type: 'network', status: 0 })
    expect(ended).not.toHaveBeenCalled()
  })
})

test('a refused sign-in triggers no refresh', async () => {
  handler = () => problem('unauthenticated', 401)
  await expect(http.post('/auth/login', {}, { withoutRenewal: true })).rejects.toBeInstanceOf(ApiError)
  expect(requests).toHaveLength(1)
})

describe('a problem document', () => {
  test('becomes an error with its fields', async () => {
    handler = () => ({
      status: 422,
      data: {
        type: '/problems/validation',
        title: 'Invalid',
        status: 422,
        errors: [
          { field: 'title', code: 'too_long', params: { max: 500 }, message: 'is too long' },
          { field: 'title', code: 'blank', params: {}, message: 'second' },
          { field: 'name', message: 'without a code' },
          { code: 'blank' },
        ],
        request_id: 'r1',
      },
    })
    const error = await http.post('/tasks').catch((reason: unknown) => toApiError(reason))
    expect(error).toMatchObject({
      type: 'validation',
      status: 422,
      fields: {
        title: { code: 'too_long', params: { max: 500 } },
        name: { code: '', params: {}, message: 'without a code' },
      },
      requestId: 'r1',
    })
  })

  test('carries the current state and the time to wait', async () => {
    handler = () => ({
      status: 429,
      data: { type: '/problems/busy', current: 1 },
      headers: { 'retry-after': '70' },
    })
    await expect(http.get('/x')).rejects.toMatchObject({ type: 'busy', current: 1, retryAfter: 70 })
  })

  test('is optional: a proxy’s page is an error too', async () => {
    handler = () => ({ status: 502, data: '<html>' })
    await expect(http.get('/x')).rejects.toMatchObject({ type: 'unknown', status: 502, title: 'HTTP 502' })
  })
})

test('Retry-After is seconds or a date', () => {
  const now = Date.parse('2026-11-23T08:00:00Z')
  expect(parseRetryAfter('12')).toBe(12)
  expect(parseRetryAfter('Mon, 23 Nov 2026 08:00:30 GMT', now)).toBe(30)
  expect(parseRetryAfter('soon')).toBeUndefined()
  expect(parseRetryAfter(undefined)).toBeUndefined()
})
