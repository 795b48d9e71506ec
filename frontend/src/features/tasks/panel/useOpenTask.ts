// The task that is open in the panel: loaded, kept live, and distinguished from one that was removed meanwhile.
import { computed, onScopeDispose, shallowRef, watch, type Ref } from 'vue'
import { type ApiError, toApiError } from '@/api/errors'
import type { Task, Uuid } from '@/api/types'
import { useTaskStore } from '../store/tasks'

export type OpenState = 'loading' | 'ready' | 'gone' | 'missing' | 'failed'

export function useOpenTask(id: Readonly<Ref<Uuid | null>>, removedHere: () => void) {
  const tasks = useTaskStore()
  const error = shallowRef<ApiError | null>(null)
  const task = computed(() => (id.value === null ? undefined : tasks.get(id.value)))
  /** As it was last seen, for when it has gone. */
  const last = shallowRef<Task | null>(null)

  const state = computed<OpenState>(() => {
    if (task.value) return 'ready'
    if (last.value) return 'gone'
    if (error.value) return error.value.type === 'not-found' ? 'missing' : 'failed'
    return 'loading'
  })

  async function load(): Promise<void> {
    const wanted = id.value
    if (wanted === null) return
    error.value = null
    try {
      await tasks.fetch(wanted)
    } catch (problem) {
      if (wanted === id.value) error.value = toApiError(problem)
    }
  }

  watch(
    id,
    () => {
      last.value = null
      void load()
    },
    { immediate: true },
  )
  // No list need have it, or its parent, whose name is shown.
  let release: (() => void)[] = []
  watch(
    [id, () => task.value?.parent_id],
    (ids) => {
      const old = release
      release = ids.flatMap((one) => (one ? [tasks.hold(one)] : []))
      for (const letGo of old) letGo()
    },
    { immediate: true },
  )
  onScopeDispose(() => {
    for (const letGo of release) letGo()
  })
  watch(
    task,
    (now) => {
      if (now) last.value = now
      else if (id.value !== null && tasks.isPending('remove', id.value)) removedHere()
    },
    { immediate: true },
  )

  return { task, last, state, error, load }
}
