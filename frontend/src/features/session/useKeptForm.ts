// Keeps text being typed into a form for its person: it survives the end of a session, a reload or a closed dialog. It belongs to this tab,
// so the same form in another tab starts empty, and it is removed when sent. Passwords and codes are never kept.
import { toValue, watch, type MaybeRefOrGetter, type Ref } from 'vue'
import { shelfOf } from '@/lib/storage'
import { useUnsent } from '@/lib/useUnsent'
import { useAuthStore } from './store/auth'

interface Options {
  /** What is in it without anything typed. */
  empty?: MaybeRefOrGetter<string>
}

/** Keeps anything under the name of a form. */
export function useFormShelf(form: MaybeRefOrGetter<string>) {
  const shelf = shelfOf(useAuthStore().user?.id)
  const key = (): string => `draft.form.${toValue(form)}`
  return {
    key,
    read: (): unknown => shelf.read(key(), 'session'),
    /** `undefined` removes it. */
    write: (value: unknown): void => shelf.write(key(), value, 'session'),
  }
}

/** Starts with the text typed before. `form` names the form and its object, such as `tag.<project>`. */
export function useKeptText(form: MaybeRefOrGetter<string>, text: Ref<string>, options: Options = {}) {
  const shelf = useFormShelf(form)
  const empty = (): string => toValue(options.empty) ?? ''
  const isTyped = (): boolean => text.value.trim() !== '' && text.value !== empty()

  function restore(): void {
    const kept = shelf.read()
    text.value = typeof kept === 'string' ? kept : empty()
  }

  /** While it is under way it is no longer in the field, and not yet anywhere else; a refusal that ends the session leaves no field. */
  function hold(sent: string): void {
    if (!isTyped()) shelf.write(sent || undefined)
  }

  restore()
  watch(text, () => shelf.write(isTyped() ? text.value : undefined), { flush: 'sync' })
  // The same form for another thing.
  watch(shelf.key, restore, { flush: 'sync' })
  useUnsent(isTyped)
  return { restore, hold }
}
