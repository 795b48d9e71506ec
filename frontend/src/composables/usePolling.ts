// Asks again and again while it is worth it and somebody can see the answer; never twice at once.
import { useDocumentVisibility, useTimeoutPoll } from '@vueuse/core'
import { toValue, watch, type MaybeRefOrGetter } from 'vue'

/** `interval` in milliseconds, from one answer to the next question. */
export function usePolling(
  isWorthIt: MaybeRefOrGetter<boolean>,
  work: () => Promise<void>,
  interval: number,
): void {
  const visibility = useDocumentVisibility()
  const { pause, resume } = useTimeoutPoll(work, interval, { immediate: false })

  watch(
    () => toValue(isWorthIt) && visibility.value === 'visible',
    (on) => (on ? resume() : pause()),
    { immediate: true },
  )
}
