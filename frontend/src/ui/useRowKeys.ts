// The keys of a list of tasks: arrows or j/k between rows, Space ticks, Alt with arrows moves, Delete deletes.
// Rows carry `data-row-id` and in them one element `data-row-focus`. Lists that lie in a common `data-row-group`
// are walked through as one. A long list has not drawn all its rows: it is walked through by its ids.
import { useEventListener } from '@vueuse/core'
import { nextTick, ref, watch, type Ref } from 'vue'
import { shortcutKey } from '@/lib/keys'
import { isTyping } from '@/lib/typing'
import { useCommand } from './useCommand'

/** Every list by its root, which carries `data-row-list`. */
const walkable = new WeakMap<Element, Walkable>()

interface Walkable {
  ids: () => readonly string[]
  /** Has the row drawn. */
  reveal: (id: string) => void
}

interface Place extends Walkable {
  list: HTMLElement
  id: string
}

interface Options {
  root: Readonly<Ref<HTMLElement | null>>
  ids: () => readonly string[]
  toggle: (id: string) => void
  remove: (id: string) => void
  move: (id: string, by: -1 | 1) => void
  /** The page's only list (or its first) also listens when nothing has the focus. */
  primary: () => boolean
}

export function useRowKeys({ root, ids, toggle, remove, move, primary }: Options) {
  const activeId = ref<string | null>(null)
  /** Drawn although it is not near the window, so that it can take the focus. */
  const revealedId = ref<string | null>(null)
  let lastIndex = 0

  function places(): Place[] {
    const group = root.value?.closest<HTMLElement>('[data-row-group]')
    const lists = group ? [...group.querySelectorAll<HTMLElement>('[data-row-list]')] : [root.value]
    return lists.flatMap((list) => {
      const known = list && walkable.get(list)
      return known ? known.ids().map((id) => ({ ...known, list, id })) : []
    })
  }

  function rowOf(element: Element | null): HTMLElement | null {
    return element?.closest<HTMLElement>('[data-row-id]') ?? null
  }

  function indexOf(row: HTMLElement, all: Place[]): number {
    return all.findIndex(({ list, id }) => id === row.dataset.rowId && list.contains(row))
  }

  function rowAt({ list, id }: Place): HTMLElement | null {
    return list.querySelector<HTMLElement>(`[data-row-id="${CSS.escape(id)}"] [data-row-focus]`)
  }

  function focusPlace(place: Place | undefined): void {
    if (!place) return
    const row = rowAt(place)
    if (row) return row.focus()
    place.reveal(place.id)
    void nextTick(() => rowAt(place)?.focus())
  }

  function focusId(id: string): void {
    focusPlace(places().find((place) => place.id === id && place.list === root.value))
  }

  function focusFirst(): void {
    focusPlace(places()[0])
  }

  function walk(by: number): void {
    const all = places()
    const now = rowOf(document.activeElement)
    const index = now ? indexOf(now, all) + by : by > 0 ? 0 : all.length - 1
    focusPlace(all[Math.max(0, Math.min(index, all.length - 1))])
  }

  /** A row may vanish under the focus: the next one takes it. */
  async function keepFocus(): Promise<void> {
    await nextTick()
    if (document.activeElement && document.activeElement !== document.body) return
    const all = places()
    focusPlace(all[Math.min(lastIndex, all.length - 1)])
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
    else if (event.key === 'End') focusPlace(places().at(-1))
    else return false
    return true
  }

  function onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || isTyping(event.target)) return
    const row = rowOf(event.target as Element)
    if (!row) return
    if (onRowKey(event, row.dataset.rowId ?? '') || onWalkKey(event)) event.preventDefault()
  }

  watch(root, (list) => {
    if (list) walkable.set(list, { ids, reveal: (id) => (revealedId.value = id) })
  })
  useEventListener(root, 'keydown', onKey)
  useEventListener(root, 'focusin', ({ target }) => {
    const row = rowOf(target as Element)
    if (!row) return
    activeId.value = row.dataset.rowId ?? null
    lastIndex = indexOf(row, places())
  })
  useCommand({
    keys: ['j', 'k'],
    when: ({ target }) => (target === document.body || (target as Element).id === 'content') && primary(),
    run: (event) => walk(shortcutKey(event) === 'j' ? 1 : -1),
  })

  return { activeId, revealedId, focusFirst, keepFocus }
}
