// @vitest-environment happy-dom
// What was clicked just before the page goes reaches the server.
import type { InternalAxiosRequestConfig } from 'axios'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { deferred } from '@/testing/deferred'
import { aProblem, stubServer, type StubAnswer } from '@/testing/stubServer'
import { http } from './client'
import { abandonSession, setAccessToken } from './session'

const TASK = '018f9d6e-0000-7000-8000-000000000001'
let answers: ReturnType<typeof deferred<StubAnswer>>[] = []
let sent: InternalAxiosRequestConfig[] = []

beforeEach(() => {
  abandonSession()
  setAccessToken('token')
  answers = []
  sent = []
  stubServer((config) => {
    sent.push({ ...config })
    const answer = deferred<StubAnswer>()
    answers.push(answer)
    return answer.promise
  })
})

afterEach(async () => {
  window.dispatchEvent(new Event('pageshow'))
  for (const answer of answers) answer.resolve({ status: 200 })
  await settled()
})

const settled = () => new Promise((resolve) => setTimeout(resolve, 5))
const outlives = () => sent.map(({ fetchOptions }) => fetchOptions?.keepalive)
const text = (bytes: number) => ({ text: 'x'.repeat(bytes) })
let number = 0
/** Each to a thing of its own. */
const write = (data: unknown) => void http.patch(`/things/${(number += 1)}`, data).catch(() => undefined)

test('small writes outlive the page, reads do not', async () => {
  void http.get('/tasks')
  write({ title: 'x' })
  void http.post('/notifications/read-all')
  void http.put('/notification-preferences/x', { mail: false })
  void http.delete('/reminders/x')
  await settled()
  expect(outlives()).toEqual([undefined, true, true, true, true])
})

test('all together stay below the browser’s limit, and a long text leaves room for later clicks', async () => {
  write(text(40 * 1024))
  write(text(10 * 1024))
  await settled()
  expect(outlives()).toEqual([true, false])
  for (let times = 0; times < 12; times += 1) write(text(1900))
  await settled()
  const kept = sent.filter(({ fetchOptions }) => fetchOptions?.keepalive)
  const bytes = kept.reduce((sum, { data }) => sum + new TextEncoder().encode(data).length, 0)
  expect(bytes).toBeLessThan(64 * 1024)
  expect(bytes).toBeGreaterThan(58 * 1024)
  // Bytes, not letters; and what is answered makes room.
  answers[0]?.resolve({ status: 200 })
  await settled()
  write({ text: '长'.repeat(12 * 1024) })
  await settled()
  expect(outlives().at(-1)).toBe(false)
  write({ text: '长'.repeat(4 * 1024) })
  await settled()
  expect(outlives().at(-1)).toBe(true)
})

test.each([
  ['refused', aProblem('forbidden', 403)],
  ['put off', aProblem('busy', 429, { 'retry-after': '0' })],
])('what is %s gives its room back', async (_, answer) => {
  write(text(45 * 1024))
  await settled()
  answers[0]?.resolve(answer)
  await vi.waitFor(() => expect(sent.length === 2 || answer.status === 403).toBe(true))
  await settled()
  answers[1]?.resolve({ status: 200 })
  await settled()
  write(text(45 * 1024))
  await settled()
  expect(outlives().every(Boolean)).toBe(true)
})

test('a closing page uses all the room and queues nothing', async () => {
  void http.patch(`/tasks/${TASK}`, { title: 'one' })
  void http.patch(`/tasks/${TASK}`, { title: 'two' })
  await settled()
  expect(sent).toHaveLength(1)
  window.dispatchEvent(new Event('pagehide'))
  await settled()
  expect(sent.map(({ data }) => data)).toEqual(['{"title":"one"}', '{"title":"two"}'])
  write(text(60 * 1024))
  await settled()
  expect(outlives()).toEqual([true, true, true])
})

test('a file is sent as usual', async () => {
  void http.post('/files', new Blob(['x']))
  await settled()
  expect(outlives()).toEqual([false])
})
