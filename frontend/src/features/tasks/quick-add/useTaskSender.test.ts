import { flushPromises } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { defineComponent, h } from 'vue'
import { ApiError, type ProblemType } from '@/api/errors'
import type { Task, TaskInput } from '@/api/types'
import { useAuthStore } from '@/features/session/store/auth'
import { openShelf } from '@/lib/storage'
import { aTask, aUser } from '@/testing/builders'
import { deferred } from '@/testing/deferred'
import { mountWith } from '@/testing/mountWith'
import { clearToasts, useToasts } from '@/ui/useToasts'
import * as api from '../api'
import { useTaskSender } from './useTaskSender'

vi.mock('../api')
const create = vi.mocked(api.createTask)
const answered = (input: TaskInput) => Promise.resolve(aTask({ id: input.id ?? '', title: input.title }))
const kept = () => Object.keys(sessionStorage)
const problem = (type: ProblemType, status: number) => new ApiError({ type, status, title: type })

let sender: ReturnType<typeof useTaskSender>
let unmount: () => void

beforeEach(async () => {
  setActivePinia(createPinia())
  vi.resetAllMocks()
  sessionStorage.clear()
  openShelf('user-1')
  useAuthStore().user = aUser()
  const Host = defineComponent({
    setup() {
      sender = useTaskSender()
      return () => h('div')
    },
  })
  const { wrapper } = await mountWith(Host)
  unmount = () => wrapper.unmount()
})

afterEach(() => {
  unmount()
  clearToasts()
})

test('an unanswered task is resent with its id until acknowledged', async () => {
  const answer = deferred<Task>()
  create.mockReturnValueOnce(answer.promise)
  const sent = sender.send({ title: 'Cook', project_id: 'project-1' }, () => false)
  await flushPromises()
  expect(kept()).toHaveLength(1)
  await sender.resume()
  expect(create, 'it is still under way').toHaveBeenCalledTimes(1)
  answer.reject(problem('network', 0))
  create.mockRejectedValueOnce(problem('network', 0)).mockImplementation(answered)
  await expect(sent).rejects.toMatchObject({ type: 'network' })
  await sender.resume()
  expect(new Set(create.mock.calls.map(([{ id, title }]) => [id, title].join())).size).toBe(1)
  expect(kept()).toEqual([])
})

test.each([
  ['goes when its words are in the field again', true, 0],
  ['waits when they are not', false, 1],
])('one that was refused %s', async (_, isTakenBack, waiting) => {
  create.mockRejectedValue(problem('network', 0))
  await expect(sender.send({ title: 'Cook' }, () => isTakenBack)).rejects.toMatchObject({ type: 'network' })
  expect(kept()).toHaveLength(waiting)
})

test('a permanent refusal is reported and not retried', async () => {
  create.mockRejectedValue(problem('network', 0))
  await sender.send({ title: 'Cook' }, () => false).catch(() => undefined)
  await sender.resume()
  expect(kept()).toHaveLength(1)
  create.mockRejectedValue(problem('forbidden', 403))
  await sender.resume()
  expect(kept()).toEqual([])
  expect(useToasts().toasts.map(({ text }) => text)).toEqual([expect.stringContaining('Cook')])
})

test('other people’s tasks are not sent', async () => {
  create.mockRejectedValue(problem('unauthenticated', 401))
  await sender.send({ title: 'Cook' }, () => false).catch(() => undefined)
  create.mockClear()
  useAuthStore().user = aUser({ id: 'user-2' })
  await sender.resume()
  expect(create).not.toHaveBeenCalled()
})
