// @vitest-environment happy-dom
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { effectScope, nextTick, shallowRef } from 'vue'
import type { Task } from '@/api/types'
import { aTask } from '@/testing/builders'
import { stubUnavailable } from '@/testing/stubServer'
import * as api from '../api'
import { useTaskStore } from '../store/tasks'
import { useLingering } from './useLingering'

vi.mock('../api')
const [a, b, c] = [aTask({ id: 'a' }), aTask({ id: 'b' }), aTask({ id: 'c' })]
const three = [a, b, c]
const lost = vi.fn()
let scope = effectScope()

beforeEach(() => {
  stubUnavailable()
  vi.useFakeTimers()
  setActivePinia(createPinia())
  vi.mocked(api.updateTask).mockImplementation((id, patch) =>
    Promise.resolve({ ...aTask({ id, version: 2 }), ...patch } as Task),
  )
  scope = effectScope()
  lost.mockReset()
})

afterEach(() => {
  scope.stop()
  vi.useRealTimers()
})

function begin() {
  const tasks = useTaskStore()
  for (const task of three) {
    tasks.hold(task.id)
    tasks.receive(task)
  }
  const given = shallowRef<Task[]>(three)
  const shown = scope.run(() => useLingering(() => given.value, lost))
  if (!shown) throw new Error('the scope is over')
  const { rows, leaving } = shown
  return { tasks, given, leaving, ids: () => rows.value.map(({ id }) => id), rows }
}

test('a completed row stays for a moment, shown as done', async () => {
  const { tasks, given, ids, rows } = begin()
  void tasks.update('b', { status: 'done' })
  given.value = [a, c]
  await nextTick()
  expect(ids()).toEqual(['a', 'b', 'c'])
  expect(rows.value[1]?.status).toBe('done')
  vi.advanceTimersByTime(1_300)
  expect(ids()).toEqual(['a', 'c'])
})

test('a reopened row is not removed', async () => {
  const { tasks, given, ids, leaving } = begin()
  void tasks.update('b', { status: 'done' })
  given.value = [a, c]
  await nextTick()
  void tasks.update('b', { status: 'todo' })
  given.value = three
  await nextTick()
  expect(leaving.size).toBe(0)
  vi.advanceTimersByTime(2_000)
  expect(ids()).toEqual(['a', 'b', 'c'])
})

test('other removals are immediate', async () => {
  const { given, ids } = begin()
  given.value = [a]
  await nextTick()
  expect(ids()).toEqual(['a'])
})

test('a refused row is reopened and stays', async () => {
  vi.mocked(api.updateTask).mockRejectedValue(new Error('no network'))
  const { tasks, given, ids, leaving } = begin()
  const refused = tasks.update('b', { status: 'done' }).catch(() => undefined)
  given.value = [a, c]
  await refused
  given.value = [a, b, c]
  await nextTick()
  expect(leaving.size).toBe(0)
  vi.advanceTimersByTime(2_000)
  expect(ids()).toEqual(['a', 'b', 'c'])
})
