// Dates in words, in the person's language, region and time zone, kept right while the clock goes on.
import { createSharedComposable, useNow } from '@vueuse/core'
import { computed } from 'vue'
import { useI18n } from 'vue-i18n'
import type { Task } from '@/api/types'
import { dueText, dueTone, exactText, momentText, regionalLocale, type TextContext } from '@/lib/dateText'
import { usableTimeZone } from '@/lib/timeZones'
import { useAuthStore } from '@/features/session/store/auth'

const useMinute = createSharedComposable(() => useNow({ interval: 60_000 }))

export function useNowText() {
  const { locale } = useI18n()
  const auth = useAuthStore()
  const minute = useMinute()

  const timeZone = computed(() => usableTimeZone(auth.user?.time_zone))
  const context = computed<TextContext>(() => ({
    now: minute.value.getTime(),
    timeZone: timeZone.value,
    locale: regionalLocale(locale.value, navigator.languages),
  }))

  return {
    context,
    timeZone,
    dueText: (task: Pick<Task, 'due_date' | 'due_at' | 'status'>) => dueText(task, context.value),
    dueTone: (task: Pick<Task, 'due_date' | 'due_at' | 'status'>) => dueTone(task, context.value),
    momentText: (instant: string) => momentText(instant, context.value),
    exactText: (instant: string) => exactText(instant, context.value),
  }
}
