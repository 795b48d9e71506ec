// Texts of tasks that were written in this browser, could not be saved, and wait here for their person to come back to them.
import { useEventListener } from '@vueuse/core'
import { computed, ref } from 'vue'
import type { Uuid } from '@/api/types'
import { useAuthStore } from '@/features/session'
import { personKeys, shelfOf } from '@/lib/storage'
import { draftOf, isStoredDraft, type DraftField } from '../model/textDrafts'
import { useTaskPanel } from '../panel/useTaskPanel'

export interface KeptDraft {
  key: string
  taskId: Uuid
  field: DraftField
  text: string
  /** The task's title, if it is known. */
  title: string | undefined
}

/** The storage tells nobody in the tab that has written. */
const changes = ref(0)

/** A draft was saved, or taken back. */
export function draftsChanged(): void {
  changes.value += 1
}

/** Drafts that existed at startup: text being typed now saves itself and reports failures. */
export function useKeptDrafts() {
  const auth = useAuthStore()
  const { openId } = useTaskPanel()
  const shelf = computed(() => shelfOf(auth.user?.id))
  const found = computed(() => (auth.user ? personKeys(auth.user.id, 'draft.') : []))

  const drafts = computed<KeptDraft[]>(() => {
    void changes.value
    return found.value.flatMap((key) => {
      const draft = draftOf(key)
      // The open task shows its own.
      if (!draft || draft.taskId === openId.value) return []
      const stored = shelf.value.read(key)
      return isStoredDraft(stored) ? [{ key, ...draft, text: stored.text, title: stored.title }] : []
    })
  })

  /** Gives the way back. */
  function discard({ key }: KeptDraft): () => void {
    const { value: own } = shelf
    const stored = own.read(key)
    own.write(key, undefined)
    draftsChanged()
    return () => {
      own.write(key, stored)
      draftsChanged()
    }
  }

  // Another tab has saved it.
  useEventListener(window, 'storage', draftsChanged)

  return { drafts, discard }
}
