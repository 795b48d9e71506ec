// Copies a text for the person and knows for a while how it went. On pages without HTTPS browsers refuse it.
import { onScopeDispose, ref } from 'vue'

/** How long "Copied" stands there, in milliseconds. */
const SHOWN_FOR = 4_000

export function useCopy() {
  const state = ref<'idle' | 'copied' | 'failed'>('idle')
  let timer: ReturnType<typeof setTimeout> | undefined

  async function copy(text: string): Promise<boolean> {
    clearTimeout(timer)
    // Announced again, also when copied twice.
    state.value = 'idle'
    try {
      await navigator.clipboard.writeText(text)
      state.value = 'copied'
      timer = setTimeout(() => (state.value = 'idle'), SHOWN_FOR)
      return true
    } catch {
      state.value = 'failed'
      return false
    }
  }

  onScopeDispose(() => clearTimeout(timer))
  return { state, copy }
}
