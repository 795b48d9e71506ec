// Of a long list only the rows near the window are drawn. They stay in the flow: what is left out above one is its margin,
// so that borders, dragging and reading order are those of a whole list.
import { useResizeObserver } from '@vueuse/core'
import { defaultRangeExtractor, useWindowVirtualizer, type Range } from '@tanstack/vue-virtual'
import { computed, ref, type Ref } from 'vue'

/** Up to so many rows all are drawn: then the browser's search and printing see them. */
export const WHOLE = 100
/** Rows beyond the window's edges: some presses of an arrow key between two frames. */
const OVERSCAN = 12
/** Until a row is measured. */
const ROW_HEIGHT = 48

interface Options {
  root: Readonly<Ref<HTMLElement | null>>
  ids: () => readonly string[]
  /** Drawn wherever they are: what has the focus, or is being dragged. */
  pinned: () => (string | null | undefined)[]
}

export interface DrawnRow {
  index: number
  /** What is left out above it, in pixels. */
  gap: number
}

export function useVirtualRows({ root, ids, pinned }: Options) {
  const isVirtual = computed(() => ids().length > WHOLE)
  const indexes = computed(() => new Map(ids().map((id, index) => [id, index])))
  /** Where the list begins in the document. */
  const offset = ref(0)

  const extraction = computed(() => {
    const kept = pinned().flatMap((id) => indexes.value.get(id ?? '') ?? [])
    return (range: Range): number[] =>
      [...new Set([...defaultRangeExtractor(range), ...kept])]
        .filter((index) => index < range.count)
        .sort((a, b) => a - b)
  })
  const virtualizer = useWindowVirtualizer<HTMLElement>(
    computed(() => ({
      count: isVirtual.value ? ids().length : 0,
      estimateSize: () => ROW_HEIGHT,
      overscan: OVERSCAN,
      scrollMargin: offset.value,
      getItemKey: (index: number) => ids()[index] ?? index,
      rangeExtractor: extraction.value,
    })),
  )

  const drawn = computed<{ rows: DrawnRow[]; rest: number }>(() => {
    if (!isVirtual.value) return { rows: ids().map((_, index) => ({ index, gap: 0 })), rest: 0 }
    let end = offset.value
    const rows = virtualizer.value.getVirtualItems().map((item) => {
      const gap = item.start - end
      end = item.end
      return { index: item.index, gap }
    })
    return { rows, rest: Math.max(0, virtualizer.value.getTotalSize() + offset.value - end) }
  })

  function locate(): void {
    const { value: element } = root
    if (!element || !isVirtual.value) return
    const top = Math.round(element.getBoundingClientRect().top + window.scrollY)
    if (Math.abs(top - offset.value) > 1) offset.value = top
  }

  /** A row's height, while it is drawn. Given as `ref` to each row, with `data-index`. */
  function measure(row: unknown): void {
    if (isVirtual.value) virtualizer.value.measureElement(row instanceof HTMLElement ? row : null)
  }

  // Whatever changes above the list changes the height of the page.
  useResizeObserver(document.body, locate)
  useResizeObserver(root, locate)

  return { isVirtual, drawn, measure }
}
