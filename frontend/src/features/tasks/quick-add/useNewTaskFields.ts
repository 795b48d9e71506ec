// What a task that is added on this page gets along, by the filters in the address.
import { computed } from 'vue'
import { dayOf } from '@/lib/dates'
import { newTaskFields } from '../model/newTaskFields'
import { useAuthStore } from '@/features/session/store/auth'
import { useFilters } from '../filter/useFilters'
import { useNowText } from '@/i18n/useNowText'

export function useNewTaskFields() {
  const auth = useAuthStore()
  const { filters } = useFilters()
  const { context } = useNowText()
  return computed(() =>
    newTaskFields(filters.value, dayOf(context.value.now, context.value.timeZone), auth.user?.id),
  )
}
