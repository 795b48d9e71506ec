// Whether the screen is live, and the wiring of the connection to the session and to what the features do with events.
import { acceptHMRUpdate, defineStore } from 'pinia'
import { ref } from 'vue'
import { refreshSession } from '@/api/client'
import { ApiError, toApiError } from '@/api/errors'
import { pauseAfter } from '@/api/retryAfter'
import { getAccessToken } from '@/api/session'
import { onUnreachable } from '@/lib/reachability'
import { liveUrl } from './liveUrl'
import type { Revisions, Topic } from './protocol'
import { createRegistry } from './registry'
import { LiveSocket, type LiveStatus } from './socket'

/** Topics that need reloading within this time are reloaded together. */
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
  const status = ref<LiveStatus>('offline')
  const stale = new Set<Topic>()
  let gathering: ReturnType<typeof setTimeout> | undefined

  const socket = new LiveSocket({
    url: liveUrl(),
    getToken: currentToken,
    pauseAfter: (problem) => pauseAfter(toApiError(problem), 0),
    onEvent: (event) => applyEvent(event),
    onResync: gather,
    onStatus: (next) => {
      status.value = next
    },
  })
  const { setFeatures, applyEvent, applyResync } = createRegistry({
    unfollow: (topic) => socket.unfollow(topic),
  })
  onUnreachable(() => socket.check())

  function gather(topic: Topic): void {
    stale.add(topic)
    gathering ??= setTimeout(() => {
      gathering = undefined
      const topics = new Set(stale)
      stale.clear()
      void applyResync(topics)
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

  /** Continues the connection with a renewed token. */
  function authenticate(): void {
    const token = getAccessToken()
    if (token !== null) socket.authenticate(token)
  }

  return { status, start, stop, authenticate, setFeatures }
})

if (import.meta.hot) import.meta.hot.accept(acceptHMRUpdate(useLiveStore, import.meta.hot))
