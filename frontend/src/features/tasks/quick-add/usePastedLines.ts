// Several lines pasted into a title field: shown there as one line, and offered as separate tasks.
import { ref, watch, type Ref } from 'vue'
import { useAction } from '@/ui/useAction'
import { titlesIn } from '../model/pastedLines'

export function usePastedLines(title: Ref<string>, create: (title: string) => Promise<unknown>) {
  const { run } = useAction()
  const lines = ref<string[]>([])
  const adding = ref(false)

  /** Only into an empty field: else they belong to the words that are there. */
  function onPaste(event: ClipboardEvent): void {
    const { selectionStart, selectionEnd, value } = event.target as HTMLInputElement
    const replacesAll = selectionStart === 0 && selectionEnd === value.length
    lines.value = replacesAll ? titlesIn(event.clipboardData?.getData('text/plain') ?? '') : []
  }

  function dismiss(): void {
    lines.value = []
  }

  /** Added one after another to keep their order. Returns the number added; failed ones are offered again. */
  async function addAll(): Promise<number> {
    if (adding.value) return 0
    adding.value = true
    title.value = ''
    let added = 0
    for (const line of [...lines.value]) {
      if (!(await run(() => create(line)))) break
      lines.value = lines.value.slice(1)
      added += 1
    }
    adding.value = false
    return added
  }

  // An emptied field has nothing left to offer.
  watch(title, (now) => {
    if (!now && !adding.value) dismiss()
  })

  return { lines, adding, onPaste, addAll, dismiss }
}
