// Of a long list only the rows near what is seen are drawn. They stay in the flow: what is left out above one is its margin,
// so that borders, dragging and reading order are those of a whole list.
import { useResizeObserver } from '@vueuse/core'
import type { Range, Virtualizer } from '@tanstack/vue-virtual'
import { computed, effectScope, ref, shallowRef, watch, type Ref } from 'vue'
import { loadPart } from './lazyPart'

/** Up to so many rows all are drawn: then the browser's search and printing see them. */
export const WHOLE = 100
/** From so many on the library comes, so that it is there when it is needed: no short list waits for it. */
const SOON_LONG = WHOLE / 2
/** Rows beyond the edges: some presses of an arrow key between two frames. */
const OVERSCAN = 12
/** Until a row is measured. */
const ROW_HEIGHT = 48

interface Options {
  root: Readonly<Ref<HTMLElement | null>>
  ids: () => readonly string[]
  /** Drawn wherever they are: what has the focus, or is being dragged. */
  pinned: () => (string | null | undefined)[]
  /** The list scrolls by itself, not with the window. */
  scrolls?: boolean
  /** Between two rows, in pixels. */
  rowGap?: number
}

export interface DrawnRow {
  index: number
  /** What is left out above it, in pixels. */
  gap: number
}

type Library = typeof import('@tanstack/vue-virtual')

/** Once it is there, lists have it from their beginning. */
let library: Library | undefined

type Rows = Virtualizer<Window, HTMLElement> | Virtualizer<HTMLElement, HTMLElement>

export function useVirtualRows({ root, ids, pinned, scrolls = false, rowGap = 0 }: Options) {
  const scope = effectScope()
  const virtualizer = shallowRef<Readonly<Ref<Rows>>>()
  const isLong = computed(() => ids().length > WHOLE)
  const isVirtual = computed(() => isLong.value && virtualizer.value !== undefined)
  const indexes = computed(() => new Map(ids().map((id, index) => [id, index])))
  /** Where the list begins in what scrolls. */
  const offset = ref(0)

  /** It cannot be had: all rows are drawn. */
  const isMissing = ref(false)

  async function comeSoon(): Promise<void> {
    try {
      library ??= await loadPart(() => import('@tanstack/vue-virtual'))
      if (scope.active && !virtualizer.value) begin(library)
    } catch {
      isMissing.value = true
    }
  }

  function begin(given: Library): void {
    const { defaultRangeExtractor, useVirtualizer, useWindowVirtualizer } = given
    const extraction = computed(() => {
      const kept = pinned().flatMap((id) => indexes.value.get(id ?? '') ?? [])
      return (range: Range): number[] =>
        [...new Set([...defaultRangeExtractor(range), ...kept])]
          .filter((index) => index < range.count)
          .sort((a, b) => a - b)
    })
    const options = computed(() => ({
      count: isLong.value ? ids().length : 0,
      estimateSize: () => ROW_HEIGHT,
      overscan: OVERSCAN,
      gap: rowGap,
      scrollMargin: offset.value,
      getItemKey: (index: number) => ids()[index] ?? index,
      rangeExtractor: extraction.value,
    }))
    virtualizer.value = scope.run<Readonly<Ref<Rows>>>(() =>
      scrolls
        ? useVirtualizer<HTMLElement, HTMLElement>(
            computed(() => ({ ...options.value, getScrollElement: () => root.value })),
          )
        : useWindowVirtualizer<HTMLElement>(options),
    )
    locate()
  }

  watch(
    () => ids().length >= SOON_LONG,
    (isSoon) => {
      if (!isSoon || virtualizer.value) return
      if (library) begin(library)
      else void comeSoon()
    },
    { immediate: true },
  )

  const drawn = computed<{ rows: DrawnRow[]; rest: number }>(() => {
    const all = isLong.value ? virtualizer.value?.value : undefined
    if (!all) {
      // While the library comes, the first rows.
      const count = isLong.value && !isMissing.value ? WHOLE : ids().length
      const rows = ids()
        .slice(0, count)
        .map((_, index) => ({ index, gap: 0 }))
      return { rows, rest: (ids().length - rows.length) * ROW_HEIGHT }
    }
    let end = offset.value
    const rows = all.getVirtualItems().map((item, place) => {
      const gap = item.start - end - (place > 0 ? rowGap : 0)
      end = item.end
      return { index: item.index, gap }
    })
    return { rows, rest: Math.max(0, all.getTotalSize() + offset.value - end) }
  })

  function locate(): void {
    const { value: element } = root
    if (!element || !isVirtual.value) return
    const top = scrolls
      ? parseFloat(getComputedStyle(element).paddingBlockStart)
      : Math.round(element.getBoundingClientRect().top + window.scrollY)
    if (Math.abs(top - offset.value) > 1) offset.value = top
  }

  /** A row's height, while it is drawn. Given as `ref` to each row, with `data-index`. */
  function measure(row: unknown): void {
    if (isVirtual.value) virtualizer.value?.value.measureElement(row instanceof HTMLElement ? row : null)
  }

  // Whatever changes above the list changes the height of the page.
  if (!scrolls) useResizeObserver(document.body, locate)
  useResizeObserver(root, locate)

  return { isVirtual, drawn, measure }
}
