import { beforeEach, describe, expect, test, vi } from 'vitest'
import { deferred } from '@/testing/deferred'
import { aProblem, stubServer, type StubAnswer } from '@/testing/stubServer'
import { http } from './client'
import { abandonSession, setAccessToken } from './session'

const TASK = '018f9d6e-0000-7000-8000-000000000001'
const OTHER = '018f9d6e-0000-7000-8000-000000000002'
let answers: ReturnType<typeof deferred<StubAnswer>>[] = []
let asked: string[] = []

beforeEach(() => {
  abandonSession()
  setAccessToken('token')
  answers = []
  asked = stubServer(() => {
    const answer = deferred<StubAnswer>()
    answers.push(answer)
    return answer.promise
  })
})

const settled = () => new Promise((resolve) => setTimeout(resolve, 20))
const answer = (index: number, with_: StubAnswer = { status: 200 }) => answers[index]?.resolve(with_)

describe('writes to one thing', () => {
  test('are sent one after the other, in order', async () => {
    const first = http.patch(`/tasks/${TASK}`, { title: 'one' })
    const second = http.patch(`/tasks/${TASK}`, { title: 'two' })
    const third = http.post(`/tasks/${TASK}/watch`)
    await settled()
    expect(asked).toEqual([`patch /tasks/${TASK}`])
    answer(0)
    await first
    await settled()
    expect(asked).toHaveLength(2)
    answer(1)
    await second
    await settled()
    expect(asked.at(-1)).toBe(`post /tasks/${TASK}/watch`)
    answer(2)
    await third
  })

  test('wait for its creation', async () => {
    const made = http.post('/tasks', { id: TASK, title: 'new' })
    const changed = http.patch(`/tasks/${TASK}`, { title: 'newer' })
    await settled()
    expect(asked).toEqual(['post /tasks'])
    answer(0)
    await made
    await settled()
    answer(1)
    await changed
  })

  test('continue when one is refused', async () => {
    const first = expect(http.patch(`/tasks/${TASK}`, {})).rejects.toMatchObject({ status: 403 })
    const second = http.delete(`/tasks/${TASK}`)
    await settled()
    answer(0, aProblem('forbidden', 403))
    await first
    await settled()
    answer(1)
    await second
  })

  test('keep their order during Retry-After', async () => {
    const first = http.patch(`/tasks/${TASK}`, { title: 'one' })
    const second = http.patch(`/tasks/${TASK}`, { title: 'two' })
    await settled()
    answer(0, aProblem('busy', 429, { 'retry-after': '0' }))
    await vi.waitFor(() => expect(asked).toHaveLength(2))
    await settled()
    expect(asked).toHaveLength(2)
    answer(1)
    await first
    await settled()
    answer(2)
    await second
  })

  test('that are waiting are not sent after signing out', async () => {
    const first = expect(http.patch(`/tasks/${TASK}`, {})).rejects.toMatchObject({ type: 'cancelled' })
    const second = expect(http.patch(`/tasks/${TASK}`, {})).rejects.toMatchObject({ type: 'cancelled' })
    await settled()
    abandonSession()
    setAccessToken('bob')
    answer(0)
    await Promise.all([first, second])
    expect(asked).toHaveLength(1)
  })

  test('without an id are ordered by URL', async () => {
    const all = [
      http.patch('/users/me', {}),
      http.patch('/users/me', {}),
      http.patch('/notification-preferences', {}),
    ]
    await settled()
    expect(asked).toEqual(['patch /users/me', 'patch /notification-preferences'])
    answer(0)
    answer(1)
    await settled()
    answer(2)
    await Promise.all(all)
  })
})

test('reads, and writes to other objects, do not wait', async () => {
  const all = [
    http.patch(`/tasks/${TASK}`, {}),
    http.get(`/tasks/${TASK}`),
    http.patch(`/tasks/${OTHER}`, {}),
    http.post('/tasks', { title: 'a' }),
  ]
  await settled()
  expect(asked).toHaveLength(4)
  for (const index of all.keys()) answer(index)
  await Promise.all(all)
})
