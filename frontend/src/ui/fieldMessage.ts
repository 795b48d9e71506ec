// Field errors in our own texts: the API speaks English, a person may not.
import type { FieldError } from '@/api/errors'

type Translate = (key: string, values: FieldError['params']) => string

/** The text of the error's code; the server's sentence for a code that we have no text of. */
export function fieldMessage(error: FieldError, hasText: (key: string) => boolean, t: Translate): string {
  const key = `errors.fields.${error.code}`
  return error.code !== '' && hasText(key) ? t(key, error.params) : error.message
}
