// @vitest-environment happy-dom
import { flushPromises } from '@vue/test-utils'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { effectScope, nextTick, ref } from 'vue'
import { deferred } from '@/testing/deferred'
import { usePolling } from './usePolling'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

test('polls while needed, never twice at once, and stops on unmount', async () => {
  const scope = effectScope()
  const isWorthIt = ref(false)
  let answer = deferred<unknown>()
  const work = vi.fn(async () => void (await answer.promise))
  scope.run(() => usePolling(isWorthIt, work, 1_000))
  await vi.advanceTimersByTimeAsync(5_000)
  expect(work).not.toHaveBeenCalled()

  isWorthIt.value = true
  await nextTick()
  await vi.advanceTimersByTimeAsync(5_000)
  expect(work).toHaveBeenCalledTimes(1)
  answer.resolve(null)
  answer = deferred<unknown>()
  await vi.advanceTimersByTimeAsync(1_000)
  expect(work).toHaveBeenCalledTimes(2)

  answer.resolve(null)
  await flushPromises()
  isWorthIt.value = false
  await nextTick()
  await vi.advanceTimersByTimeAsync(5_000)
  expect(work).toHaveBeenCalledTimes(2)

  isWorthIt.value = true
  await nextTick()
  scope.stop()
  await vi.advanceTimersByTimeAsync(5_000)
  expect(work).toHaveBeenCalledTimes(2)
})
