// The server's words about a field, in the person's language. What we do not know stays as it is, in English only.
import { useI18n } from 'vue-i18n'
import { fieldMessage } from '@/lib/fieldMessage'

export function useFieldText() {
  const { t, locale } = useI18n()

  function fieldText(message: string): string {
    const known = fieldMessage(message)
    if (known) return t(known.key, known.values)
    return locale.value === 'en' ? message : t('errors.validation')
  }

  /** All fields of an error at once. */
  function fieldTexts(fields: Record<string, string>): Record<string, string> {
    return Object.fromEntries(Object.entries(fields).map(([field, message]) => [field, fieldText(message)]))
  }

  return { fieldText, fieldTexts }
}
