import { flushPromises } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { effectScope, ref } from 'vue'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ApiError } from '@/api/errors'
import type { DashboardFigures } from '@/api/types'
import { useTaskStore } from '@/features/tasks/store/tasks'
import { aTask } from '@/testing/builders'
import { stubUnavailable } from '@/testing/stubServer'
import * as api from './api'
import { useDashboard } from './useDashboard'

vi.mock('./api')
const getDashboard = vi.mocked(api.getDashboard)

function figures(fields: Partial<DashboardFigures> = {}): DashboardFigures {
  return {
    due_today: 0,
    overdue: 0,
    due_week: 0,
    open: 0,
    in_progress: 0,
    completed_today: 0,
    completed_by_day: [],
    ...fields,
  }
}

let scope = effectScope()
const mine = ref(true)

beforeEach(() => {
  stubUnavailable()
  vi.useFakeTimers()
  setActivePinia(createPinia())
  getDashboard.mockReset().mockResolvedValue(figures())
  scope = effectScope()
})

afterEach(() => {
  scope.stop()
  vi.useRealTimers()
})

function open() {
  const dashboard = scope.run(() => useDashboard(mine))
  if (!dashboard) throw new Error('no scope')
  return dashboard
}

test('a burst of live changes loads once', async () => {
  const dashboard = open()
  await flushPromises()
  expect(getDashboard).toHaveBeenCalledTimes(1)
  getDashboard.mockResolvedValue(figures({ open: 3 }))
  for (const id of ['a', 'b', 'c']) useTaskStore().receive(aTask({ id }))
  await vi.advanceTimersByTimeAsync(500)
  expect(getDashboard).toHaveBeenCalledTimes(2)
  expect(dashboard.figures.value?.open).toBe(3)
})

test('the screen keeps its data when the server does not answer', async () => {
  const dashboard = open()
  await flushPromises()
  getDashboard.mockRejectedValue(new ApiError({ type: 'network', status: 0, title: 'x' }))
  await dashboard.reload()
  expect(dashboard.figures.value).not.toBeNull()
  expect(dashboard.error.value?.type).toBe('network')
})

test('nothing is loaded after leaving', async () => {
  open()
  await flushPromises()
  scope.stop()
  useTaskStore().receive(aTask())
  await vi.advanceTimersByTimeAsync(2_000)
  expect(getDashboard).toHaveBeenCalledTimes(1)
})

test('switching to everyone reloads the figures', async () => {
  open()
  await flushPromises()
  mine.value = false
  await flushPromises()
  expect(getDashboard.mock.calls.map(([, asked]) => asked)).toEqual([true, false])
})
