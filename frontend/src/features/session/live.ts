// What happened to the profile and the sessions elsewhere.
import type { LiveFeature } from '@/sync/registry'
import { useAuthStore } from './store/auth'

export function liveSession(): LiveFeature {
  const auth = useAuthStore()
  return {
    events: {
      'user.updated': ({ data }) => auth.receiveProfile(data),
      'session.started': () => auth.receiveSessionChange(),
      'session.ended': () => auth.receiveSessionChange(),
    },
  }
}
