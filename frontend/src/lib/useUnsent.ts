// Typed but unsent text. Signing out asks before discarding it.
import { onScopeDispose } from 'vue'
import { keeps } from './storage'
import { isAnythingPending } from './usePending'

const texts = new Set<() => boolean>()

/** Names a text of this component that would be lost; it counts for as long as the component lives. */
export function useUnsent(isUnsent: () => boolean): void {
  texts.add(isUnsent)
  onScopeDispose(() => texts.delete(isUnsent))
}

/** In this tab: a text in a form, a draft that could not be saved, a change that the server has not answered. */
export function hasUnsent(userId: string): boolean {
  return [...texts].some((isUnsent) => isUnsent()) || isAnythingPending() || keeps(userId, 'draft.')
}
