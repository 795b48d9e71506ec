// Whose day the dashboard shows: mine, or that of everybody in my projects. Kept for each person.
import { ref, watch } from 'vue'
import { useAuthStore } from '@/features/session'
import { shelfOf } from '@/lib/storage'

export const SCOPES = ['mine', 'everyone'] as const
export type Scope = (typeof SCOPES)[number]

const KEY = 'dashboardScope'

export function useScope() {
  const shelf = shelfOf(useAuthStore().user?.id)
  const stored = shelf.read(KEY)
  const scope = ref<Scope>(SCOPES.find((one) => one === stored) ?? 'mine')
  watch(scope, (now) => shelf.write(KEY, now))
  return scope
}
