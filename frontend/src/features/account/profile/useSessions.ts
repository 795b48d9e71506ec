// Where the person is signed in. Kept live: a sign-in or a sign-out elsewhere shows by itself.
import { computed, ref, shallowRef, watch } from 'vue'
import { type ApiError, toApiError } from '@/api/errors'
import type { DeviceSession, Uuid } from '@/api/types'
import { endOtherSessions, endSession, listSessions, useAuthStore } from '@/features/session'

export function useSessions() {
  const auth = useAuthStore()
  const sessions = shallowRef<DeviceSession[]>([])
  const loaded = ref(false)
  const error = shallowRef<ApiError | null>(null)

  const sorted = computed(() =>
    [...sessions.value].sort(
      (a, b) =>
        Number(b.current) - Number(a.current) || Date.parse(b.last_used_at) - Date.parse(a.last_used_at),
    ),
  )
  const hasOthers = computed(() => sessions.value.some(({ current }) => !current))

  async function load(): Promise<void> {
    try {
      sessions.value = await listSessions()
      loaded.value = true
      error.value = null
    } catch (problem) {
      error.value = toApiError(problem)
    }
  }

  /** Immediately removes sessions excluded by `keep`, and restores them if the server refuses. */
  async function without<T>(keep: (session: DeviceSession) => boolean, send: () => Promise<T>): Promise<T> {
    const before = sessions.value
    sessions.value = before.filter(keep)
    try {
      return await send()
    } catch (problem) {
      sessions.value = before
      throw problem
    }
  }

  function end(id: Uuid): Promise<void> {
    return without(
      (session) => session.id !== id,
      () => endSession(id),
    )
  }

  function endOthers(): Promise<number> {
    return without((session) => session.current, endOtherSessions)
  }

  watch(() => auth.sessionSerial, load)
  void load()
  return { sessions: sorted, hasOthers, loaded, error, load, end, endOthers }
}
