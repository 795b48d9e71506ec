// Leaving on purpose: everything of this person goes from the browser, after a question when some of it is unsent.
import { nextTick, readonly, ref } from 'vue'
import { useRouter } from 'vue-router'
import { hasUnsent } from '@/lib/useUnsent'
import { useAction } from '@/ui/useAction'
import { useAuthStore } from './store/auth'

/** The shell shows the question. */
const asking = ref(false)

export function useSignOut() {
  const { run } = useAction()
  const router = useRouter()
  const auth = useAuthStore()

  /** After signing out there is no redirect to the same page: the next person may be another. */
  async function leave(): Promise<void> {
    await nextTick()
    await router.replace({ name: 'login' })
  }

  async function signOut(): Promise<void> {
    asking.value = false
    await Promise.all([run(auth.logout), leave()])
  }

  /** Asks first when something would be lost, in this tab or in another. */
  async function askToSignOut(): Promise<void> {
    const id = auth.user?.id
    if (id !== undefined && (hasUnsent(id) || (await auth.askOtherTabs()))) asking.value = true
    else await signOut()
  }

  function stay(): void {
    asking.value = false
  }

  return { asking: readonly(asking), askToSignOut, signOut, stay }
}
