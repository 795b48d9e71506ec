// The keys of a list of tasks: arrows or j/k between rows, Space ticks, Alt with arrows moves, Delete deletes.
// Rows carry `data-row-id` and in them one element `data-row-focus`. Lists that lie in a common `data-row-group`
// are walked through as one.
import { useEventListener } from '@vueuse/core'
import { nextTick, ref, type Ref } from 'vue'
import { shortcutKey } from '@/lib/keys'
import { isTyping } from '@/lib/typing'

interface Options {
  root: Readonly<Ref<HTMLElement | null>>
  toggle: (id: string) => void
  remove: (id: string) => void
  move: (id: string, by: -1 | 1) => void
  /** The page's only list (or its first) also listens when nothing has the focus. */
  primary: () => boolean
}

export function useRowKeys({ root, toggle, remove, move, primary }: Options) {
  const activeId = ref<string | null>(null)
  let lastIndex = 0

  function rows(): HTMLElement[] {
    const group = root.value?.closest<HTMLElement>('[data-row-group]') ?? root.value
    return [...(group?.querySelectorAll<HTMLElement>('[data-row-id]') ?? [])]
  }

  function rowOf(element: Element | null): HTMLElement | null {
    return element?.closest<HTMLElement>('[data-row-id]') ?? null
  }

  function focusRow(row: HTMLElement | undefined): void {
    row?.querySelector<HTMLElement>('[data-row-focus]')?.focus()
  }

  function focusId(id: string): void {
    focusRow(rows().find(({ dataset }) => dataset.rowId === id))
  }

  function focusFirst(): void {
    focusRow(rows()[0])
  }

  function walk(by: number): void {
    const all = rows()
    const now = rowOf(document.activeElement)
    const index = now ? all.indexOf(now) + by : by > 0 ? 0 : all.length - 1
    focusRow(all[Math.max(0, Math.min(index, all.length - 1))])
  }

  /** A row may vanish under the focus: the next one takes it. */
  async function keepFocus(): Promise<void> {
    await nextTick()
    if (document.activeElement && document.activeElement !== document.body) return
    const all = rows()
    focusRow(all[Math.min(lastIndex, all.length - 1)])
  }

  async function reorder(id: string, by: -1 | 1): Promise<void> {
    move(id, by)
    await nextTick()
    focusId(id)
  }

  function onRowKey(event: KeyboardEvent, id: string): boolean {
    const onTitle = (event.target as Element).hasAttribute('data-row-focus')
    if (event.altKey && (event.key === 'ArrowUp' || event.key === 'ArrowDown')) {
      void reorder(id, event.key === 'ArrowUp' ? -1 : 1)
    } else if (event.key === ' ' && onTitle) {
      toggle(id)
      void keepFocus()
    } else if (event.key === 'Delete' && onTitle) {
      remove(id)
      void keepFocus()
    } else return false
    return true
  }

  function onWalkKey(event: KeyboardEvent): boolean {
    if (event.altKey) return false
    const letter = shortcutKey(event)
    if (event.key === 'ArrowDown' || letter === 'j') walk(1)
    else if (event.key === 'ArrowUp' || letter === 'k') walk(-1)
    else if (event.key === 'Home') focusFirst()
    else if (event.key === 'End') focusRow(rows().at(-1))
    else return false
    return true
  }

  function onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || isTyping(event.target)) return
    const row = rowOf(event.target as Element)
    if (!row) return
    if (onRowKey(event, row.dataset.rowId ?? '') || onWalkKey(event)) event.preventDefault()
  }

  useEventListener(root, 'keydown', onKey)
  useEventListener(root, 'focusin', ({ target }) => {
    const row = rowOf(target as Element)
    if (!row) return
    activeId.value = row.dataset.rowId ?? null
    lastIndex = rows().indexOf(row)
  })
  useEventListener(document, 'keydown', (event) => {
    const free = event.target === document.body || (event.target as Element).id === 'content'
    if (!free || !primary() || event.ctrlKey || event.metaKey || event.altKey) return
    const letter = shortcutKey(event)
    if (letter === 'j' || letter === 'k') {
      walk(letter === 'j' ? 1 : -1)
      event.preventDefault()
    }
  })

  return { activeId, focusFirst }
}
