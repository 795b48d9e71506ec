// What an administrator writes to everybody, in each language of ours.
import { computed, reactive, ref, watch } from 'vue'
import { toApiError } from '@/api/errors'
import type { AnnouncementInput, AnnouncementText, Language } from '@/api/types'
import { useFormShelf } from '@/features/session'
import { LANGUAGES } from '@/i18n'
import { useUnsent } from '@/lib/useUnsent'
import { uuidv7 } from '@/lib/uuid'
import { useErrorText } from '@/ui/useAction'
import { useFieldText } from '@/ui/useFieldText'

const isWhole = ({ title, text }: AnnouncementText): boolean => title.trim() !== '' && text.trim() !== ''
const isEmpty = ({ title, text }: AnnouncementText): boolean => title.trim() === '' && text.trim() === ''

interface Kept {
  id: string
  draft: Partial<Record<Language, AnnouncementText>>
}

function isKept(value: unknown): value is Kept {
  return typeof value === 'object' && value !== null && 'id' in value && 'draft' in value
}

export function useAnnouncementDraft() {
  const errorText = useErrorText()
  const { fieldTexts } = useFieldText()
  const draft = reactive<Record<Language, AnnouncementText>>({
    en: { title: '', text: '' },
    'zh-CN': { title: '', text: '' },
  })
  /** By field as the server names them: `texts.en.title`. */
  const errors = ref<Record<string, string>>({})
  const message = ref('')

  const written = computed(() => LANGUAGES.filter(({ code }) => isWhole(draft[code])))
  const empty = computed(() => LANGUAGES.filter(({ code }) => isEmpty(draft[code])))
  /** One language is enough, but none may be half. */
  const isReady = computed(
    () => written.value.length > 0 && written.value.length + empty.value.length === LANGUAGES.length,
  )
  const isWritten = (): boolean => LANGUAGES.some(({ code }) => !isEmpty(draft[code]))
  useUnsent(isWritten)
  /** Stays until the server has it: an answer that was lost makes no second message. */
  let id = uuidv7()
  const shelf = useFormShelf('announcement')
  const kept = shelf.read()
  if (isKept(kept)) {
    id = kept.id
    for (const { code } of LANGUAGES) Object.assign(draft[code], kept.draft[code])
  }
  watch(draft, () => shelf.write(isWritten() ? { id, draft } : undefined), { flush: 'sync' })
  const texts = computed<AnnouncementInput['texts']>(() =>
    Object.fromEntries(
      written.value.map(({ code }) => [
        code,
        { title: draft[code].title.trim(), text: draft[code].text.trim() },
      ]),
    ),
  )

  function clear(): void {
    id = uuidv7()
    for (const { code } of LANGUAGES) Object.assign(draft[code], { title: '', text: '' })
  }

  /** What was written stays until the server has it. */
  async function send(post: (input: AnnouncementInput) => Promise<void>): Promise<boolean> {
    errors.value = {}
    message.value = ''
    try {
      await post({ id, texts: texts.value })
      clear()
      return true
    } catch (problem) {
      const error = toApiError(problem)
      errors.value = fieldTexts(error.fields)
      const isBeside = LANGUAGES.some(
        ({ code }) => error.fields[`texts.${code}.title`] ?? error.fields[`texts.${code}.text`],
      )
      message.value = isBeside ? '' : errorText(error)
      return false
    }
  }

  return { draft, errors, message, written, empty, isReady, send }
}
