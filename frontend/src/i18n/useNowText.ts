// Dates in words, in the person's language, region and time zone, kept right while the clock goes on.
import { createSharedComposable, useNow } from '@vueuse/core'
import { computed } from 'vue'
import { useI18n } from 'vue-i18n'
import { exactText, momentText, regionalLocale, type TextContext } from '@/lib/dateText'
import { timeZone } from './timeZone'

const useMinute = createSharedComposable(() => useNow({ interval: 60_000 }))

export function useNowText() {
  const { locale } = useI18n()
  const minute = useMinute()

  const context = computed<TextContext>(() => ({
    now: minute.value.getTime(),
    timeZone: timeZone.value,
    locale: regionalLocale(locale.value, navigator.languages),
  }))

  return {
    context,
    timeZone,
    momentText: (instant: string) => momentText(instant, context.value),
    exactText: (instant: string) => exactText(instant, context.value),
  }
}
