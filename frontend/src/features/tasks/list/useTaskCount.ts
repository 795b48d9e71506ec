// How many tasks a list has in all: counted here when all of it is here, asked of the server when it is not.
import { watchDebounced } from '@vueuse/core'
import { computed, onScopeDispose, ref, toValue, type MaybeRefOrGetter } from 'vue'
import type { TaskQuery } from '@/api/types'
import { countTasks } from '../api'
import { useTaskStore } from '../store/tasks'

interface Shown {
  length: number
  complete: boolean
  /** It is on its way, and may turn out to be complete. */
  pending?: boolean
  /** Another number each time that the count may have changed without the list. */
  serial?: number
}

/** Simultaneous changes cause one reload. */
const SETTLE_MS = 300
const SETTLE_MAX_MS = 2_000

export function useTaskCount(query: MaybeRefOrGetter<TaskQuery | null>, shown: MaybeRefOrGetter<Shown>) {
  const asked = ref<number | null>(null)
  let hasFailed = false

  async function ask(): Promise<void> {
    const wanted = toValue(query)
    if (!wanted) return
    const filter = { ...wanted }
    delete filter.sort
    delete filter.limit
    try {
      asked.value = (await countTasks(filter)).total
      hasFailed = false
    } catch {
      // Without the number the list is as good.
      asked.value = null
      hasFailed = true
    }
  }

  onScopeDispose(
    useTaskStore().$onAction(({ name }) => {
      if (name === 'retryFailed' && hasFailed) void ask()
    }),
  )
  watchDebounced(
    () => {
      const { length, complete, pending = false, serial } = toValue(shown)
      return [JSON.stringify(toValue(query)), length, complete || pending, serial] as const
    },
    ([, , isSettledHere]) => {
      if (!isSettledHere) void ask()
    },
    { debounce: SETTLE_MS, maxWait: SETTLE_MAX_MS, immediate: true },
  )

  return computed(() => {
    const { length, complete } = toValue(shown)
    return complete ? length : Math.max(asked.value ?? 0, length)
  })
}
