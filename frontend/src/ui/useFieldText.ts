// The server's words about a field, in the person's language.
import { useI18n } from 'vue-i18n'
import type { ApiError, FieldError } from '@/api/errors'
import { fieldMessage } from './fieldMessage'

export function useFieldText() {
  const { t, te } = useI18n()

  function fieldText(error: FieldError): string {
    return fieldMessage(error, te, t)
  }

  /** All fields of an error at once. */
  function fieldTexts(fields: ApiError['fields']): Record<string, string> {
    const texts: Record<string, string> = {}
    for (const [field, error] of Object.entries(fields)) if (error) texts[field] = fieldText(error)
    return texts
  }

  return { fieldText, fieldTexts }
}
