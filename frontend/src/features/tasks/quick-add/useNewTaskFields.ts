// What a task that is added on this page gets along, by the filters in the address.
import { computed } from 'vue'
import { useAuthStore } from '@/features/session'
import { useNowText } from '@/i18n/useNowText'
import { dayOf } from '@/lib/dates'
import { useFilters } from '../filter/useFilters'
import { newTaskFields } from '../model/newTaskFields'

export function useNewTaskFields() {
  const auth = useAuthStore()
  const { filters } = useFilters()
  const { context } = useNowText()
  return computed(() =>
    newTaskFields(filters.value, dayOf(context.value.now, context.value.timeZone), auth.user?.id),
  )
}
