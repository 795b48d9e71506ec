// Leaving on purpose.
import { nextTick } from 'vue'
import { useRouter } from 'vue-router'
import { useAuthStore } from '@/stores/auth'
import { useAction } from './useAction'

export function useSignOut() {
  const { run } = useAction()
  const router = useRouter()
  const auth = useAuthStore()

  /** Who leaves on purpose need not come back to the same page: the next person may be another. */
  async function leave(): Promise<void> {
    await nextTick()
    await router.replace({ name: 'login' })
  }

  return async function signOut(): Promise<void> {
    await Promise.all([run(auth.logout), leave()])
  }
}
