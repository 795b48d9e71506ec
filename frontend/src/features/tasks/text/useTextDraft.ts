// A task's text being edited: saved after a pause and on blur, never lost, never overwriting somebody else's change. `base` is the server's
// text when editing began. While the two differ, the draft is kept in the browser's storage, so that a failed save, a reload or a closed
// browser loses nothing.
import { useEventListener } from '@vueuse/core'
import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue'
import { ApiError, toApiError } from '@/api/errors'
import type { Task } from '@/api/types'
import { useAuthStore } from '@/features/session'
import { shelfOf } from '@/lib/storage'
import { lengthOf } from '@/lib/textLength'
import {
  draftKey,
  isStoredDraft,
  type DraftBase,
  type DraftField,
  type StoredDraft,
} from '../model/textDrafts'
import { draftsChanged } from './useKeptDrafts'

interface Options {
  task: () => Task
  field: DraftField
  send: (text: string, version: number) => Promise<Task>
  /** What is longer is kept here, and not sent: the server would refuse it. In characters. */
  limit: number
  /** The form is gone and the text could not be saved: it waits in the storage. */
  onLeftUnsaved?: (error: ApiError) => void
}

const PAUSE_MS = 1_500

export function useTextDraft({ task, field, send, limit, onLeftUnsaved }: Options) {
  const auth = useAuthStore()
  const textOf = (of: Task): string => of[field] ?? ''
  const key = draftKey(task().id, field)
  // Whose it is does not change, whoever signs in while it is still being saved.
  const owner = auth.user?.id
  const shelf = shelfOf(owner)
  const base = shallowRef<DraftBase>({ text: textOf(task()), version: task().version })
  const text = ref(base.value.text)
  const saving = ref(false)
  const error = shallowRef<ApiError | null>(null)
  /** Somebody else's concurrent text. Until the person chooses, nothing is saved. */
  const theirs = shallowRef<string | null>(null)
  const isDirty = computed(() => text.value !== base.value.text)
  const isTooLong = computed(() => lengthOf(text.value) > limit)
  /** As this tab has written it last: another tab may have written since. */
  let kept: string | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let left = false

  function keep(): void {
    if (isDirty.value) {
      kept = text.value
      const draft: StoredDraft = { text: text.value, base: base.value, title: task().title }
      shelf.write(key, draft)
      return
    }
    const stored = shelf.read(key)
    if (isStoredDraft(stored) && stored.text !== kept && stored.text !== text.value) return
    shelf.write(key, undefined)
    if (stored !== undefined) draftsChanged()
  }

  /** Adopts the task's current state without touching the text being edited. */
  function sync(): void {
    if (saving.value) return
    const now: DraftBase = { text: textOf(task()), version: task().version }
    // A response that has already arrived is newer than what is still shown.
    if (now.version < base.value.version) return
    if (!isDirty.value || now.text === text.value) {
      base.value = now
      text.value = now.text
      theirs.value = null
      keep()
    } else if (now.text === base.value.text) {
      base.value = now
    } else {
      theirs.value = now.text
    }
  }

  /** An old version is no conflict when only other fields have changed. */
  async function sendOver(wanted: string): Promise<Task> {
    try {
      return await send(wanted, base.value.version)
    } catch (problem) {
      const current =
        problem instanceof ApiError && problem.type === 'version-conflict' ? problem.current : null
      if (!current) throw problem
      const now = current as Task
      if (textOf(now) === base.value.text) return send(wanted, now.version)
      theirs.value = textOf(now)
      throw problem
    }
  }

  async function save(): Promise<void> {
    clearTimeout(timer)
    if (!isDirty.value || isTooLong.value || saving.value || theirs.value !== null) return
    // They have signed out, or somebody else is here: the draft waits for them.
    if (auth.user?.id !== owner) return
    if (field === 'title' && !text.value.trim()) return
    const wanted = text.value
    saving.value = true
    error.value = null
    try {
      const saved = await sendOver(wanted)
      const untouched = text.value === wanted
      base.value = { text: textOf(saved), version: saved.version }
      if (untouched) text.value = base.value.text
    } catch (problem) {
      if (theirs.value === null) {
        error.value = toApiError(problem)
        if (left) onLeftUnsaved?.(error.value)
      }
    } finally {
      saving.value = false
      keep()
      if (!left) sync()
    }
    if (isDirty.value && !error.value && !left) schedule()
  }

  function schedule(): void {
    clearTimeout(timer)
    timer = setTimeout(() => void save(), PAUSE_MS)
  }

  /** Leaving the field. A title cannot be nothing: then it is as before. */
  async function leave(): Promise<void> {
    if (field === 'title' && !text.value.trim()) text.value = base.value.text
    await save()
  }

  async function choose(whose: 'mine' | 'theirs'): Promise<void> {
    if (theirs.value === null) return
    base.value = { text: theirs.value, version: task().version }
    if (whose === 'theirs') text.value = theirs.value
    theirs.value = null
    keep()
    await save()
  }

  const stored = shelf.read(key)
  if (isStoredDraft(stored)) {
    base.value = stored.base
    text.value = stored.text
    kept = stored.text
    sync()
    if (isDirty.value && theirs.value === null) schedule()
  }
  watch(
    text,
    () => {
      keep()
      if (isDirty.value) schedule()
    },
    { flush: 'sync' },
  )
  watch(() => [task().version, textOf(task())], sync)
  // The page may go at any moment from here on; what has not been answered by then is kept.
  useEventListener(window, 'pagehide', () => void save())
  useEventListener(document, 'visibilitychange', () => {
    if (document.visibilityState === 'hidden') void save()
  })
  onScopeDispose(() => {
    left = true
    void leave()
  })

  return { text, isDirty, isTooLong, saving, error, theirs, save, leave, choose }
}
