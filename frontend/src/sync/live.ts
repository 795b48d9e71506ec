// Whether the screen is live, and the wiring of the connection to session and stores.
import { acceptHMRUpdate, defineStore } from 'pinia'
import { ref, watch } from 'vue'
import { refreshSession, toApiError } from '@/api/client'
import { ApiError } from '@/api/errors'
import { pauseAfter } from '@/api/retryAfter'
import { getAccessToken } from '@/api/session'
import { createApply } from '@/app/live-events'
import { liveUrl } from './liveUrl'
import { onUnreachable } from '@/lib/reachability'
import type { Revisions, Topic } from './protocol'
import { LiveSocket, type LiveStatus } from './socket'
import { useAuthStore } from '@/features/session/store/auth'

/** Topics that ask to be loaded again within this time are loaded together. */
const GATHER_MS = 50

async function currentToken(renew: boolean): Promise<string | null> {
  const token = getAccessToken()
  if (token !== null && !renew) return token
  try {
    return (await refreshSession()).access_token
  } catch (problem) {
    // Refused means signed out; anything else is worth another try.
    if (problem instanceof ApiError && problem.status === 401) return null
    throw problem
  }
}

export const useLiveStore = defineStore('live', () => {
  const auth = useAuthStore()
  const status = ref<LiveStatus>('offline')
  const stale = new Set<Topic>()
  let gathering: ReturnType<typeof setTimeout> | undefined

  const socket = new LiveSocket({
    url: liveUrl(),
    getToken: currentToken,
    pauseAfter: (problem) => pauseAfter(toApiError(problem), 0),
    onEvent: (event) => apply.applyEvent(event),
    onResync: gather,
    onStatus: (next) => {
      status.value = next
    },
  })
  const apply = createApply(socket)
  onUnreachable(() => socket.check())

  function gather(topic: Topic): void {
    stale.add(topic)
    gathering ??= setTimeout(() => {
      gathering = undefined
      const topics = new Set(stale)
      stale.clear()
      void apply.applyResync(topics)
    }, GATHER_MS)
  }

  function start(from?: Revisions): void {
    socket.start(from)
  }

  function stop(): void {
    clearTimeout(gathering)
    gathering = undefined
    stale.clear()
    socket.stop()
  }

  watch(
    () => auth.tokenSerial,
    () => {
      const token = getAccessToken()
      if (token !== null) socket.authenticate(token)
    },
  )

  return { status, start, stop }
})

if (import.meta.hot) import.meta.hot.accept(acceptHMRUpdate(useLiveStore, import.meta.hot))
