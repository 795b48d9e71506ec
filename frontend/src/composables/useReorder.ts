// Puts the rows of a list into another order, by pointer (mouse, pen or finger) or by the arrow keys on a row's handle.
// While a row is dragged, `order` is how the list would be; letting go asks for it, Esc takes it back.
import { computed, nextTick, onScopeDispose, shallowRef, toValue, type MaybeRefOrGetter, type Ref } from 'vue'
import { moved, predecessor, rowAt } from '@/lib/reorder'

interface Options {
  ids: MaybeRefOrGetter<readonly string[]>
  /** The element whose children with `data-row` are the rows. */
  container: Readonly<Ref<HTMLElement | null>>
  /** `after` is the row to come after, `null` the first place. */
  move: (id: string, after: string | null) => void
}

export function useReorder({ ids, container, move }: Options) {
  const dragging = shallowRef<string | null>(null)
  const preview = shallowRef<readonly string[]>([])
  const order = computed(() => (dragging.value === null ? toValue(ids) : preview.value))
  let listening: AbortController | null = null

  function rows(): HTMLElement[] {
    return [...(container.value?.querySelectorAll<HTMLElement>('[data-row]') ?? [])]
  }

  function follow({ clientY }: PointerEvent): void {
    const id = dragging.value
    if (id === null) return
    const others = rows().filter(({ dataset }) => dataset.row !== id)
    const middles = others.map((row) => {
      const { top, height } = row.getBoundingClientRect()
      return top + height / 2
    })
    preview.value = moved(preview.value, id, rowAt(middles, clientY))
  }

  function stop(): void {
    listening?.abort()
    listening = null
    dragging.value = null
  }

  function drop(): void {
    const id = dragging.value
    const wanted = preview.value
    stop()
    if (id === null || wanted.join() === toValue(ids).join()) return
    move(id, predecessor(wanted, id))
  }

  /** For a handle's pointerdown. On the window, because a row that changes places would lose a captured pointer. */
  function start(id: string, event: PointerEvent): void {
    if (event.button !== 0) return
    preview.value = toValue(ids)
    dragging.value = id
    listening = new AbortController()
    const { signal } = listening
    window.addEventListener('pointermove', follow, { signal })
    window.addEventListener('pointerup', drop, { signal })
    window.addEventListener('pointercancel', stop, { signal })
    window.addEventListener('keydown', ({ key }) => key === 'Escape' && stop(), { signal })
  }

  /** For a handle's arrow keys: one place up (-1) or down (1). The focus goes with the row. */
  async function step(id: string, by: -1 | 1): Promise<void> {
    const now = toValue(ids)
    const wanted = moved(now, id, now.indexOf(id) + by)
    if (wanted.join() === now.join()) return
    move(id, predecessor(wanted, id))
    await nextTick()
    rows()
      .find(({ dataset }) => dataset.row === id)
      ?.querySelector<HTMLElement>('[data-handle]')
      ?.focus()
  }

  onScopeDispose(stop)
  return { dragging, order, start, step }
}
