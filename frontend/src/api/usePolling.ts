// Polls while needed and while the page is visible; never twice at once.
import { useDocumentVisibility, useTimeoutPoll } from '@vueuse/core'
import { ref, toValue, watch, type MaybeRefOrGetter } from 'vue'
import type { ApiError } from './errors'
import { pauseAfter } from './retryAfter'

/** `interval` in milliseconds, from one answer to the next question; longer when `error` says how long the server wants to be left alone. */
export function usePolling(
  isWorthIt: MaybeRefOrGetter<boolean>,
  work: () => Promise<void>,
  interval: number,
  error?: MaybeRefOrGetter<ApiError | null>,
): void {
  const visibility = useDocumentVisibility()
  const wait = ref(interval)
  async function ask(): Promise<void> {
    await work()
    const problem = toValue(error)
    wait.value = problem ? pauseAfter(problem, interval) : interval
  }
  const { pause, resume } = useTimeoutPoll(ask, wait, { immediate: false })

  watch(
    () => toValue(isWorthIt) && visibility.value === 'visible',
    (on) => (on ? resume() : pause()),
    { immediate: true },
  )
}
