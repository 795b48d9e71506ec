// How many tasks a list has in all: counted here when all of it is here, asked of the server when it is not.
import { watchDebounced } from '@vueuse/core'
import { computed, ref, toValue, type MaybeRefOrGetter } from 'vue'
import { countTasks } from '@/api/tasks'
import type { TaskQuery } from '@/api/types'

interface Shown {
  length: number
  complete: boolean
}

export function useTaskCount(query: MaybeRefOrGetter<TaskQuery | null>, shown: MaybeRefOrGetter<Shown>) {
  const asked = ref<number | null>(null)

  async function ask(): Promise<void> {
    const wanted = toValue(query)
    if (!wanted) return
    const filter = { ...wanted }
    delete filter.sort
    delete filter.limit
    try {
      asked.value = (await countTasks(filter)).total
    } catch {
      // Without the number the list is as good.
      asked.value = null
    }
  }

  watchDebounced(
    () => [JSON.stringify(toValue(query)), toValue(shown).length, toValue(shown).complete] as const,
    ([, , complete]) => {
      if (!complete) void ask()
    },
    { debounce: 300, immediate: true },
  )

  return computed(() => {
    const { length, complete } = toValue(shown)
    return complete ? length : Math.max(asked.value ?? 0, length)
  })
}
