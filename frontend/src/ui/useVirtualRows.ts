// Renders only the rows of a long list that are near the viewport. They stay in the flow, with the omitted rows above one as its margin,
// so that borders, dragging and reading order are the same as in a complete list.
import { useResizeObserver } from '@vueuse/core'
import type { Range, Virtualizer } from '@tanstack/vue-virtual'
import { computed, effectScope, ref, shallowRef, watch, type Ref } from 'vue'
import { loadPart } from './lazyPart'

/** Up to this many rows, all are rendered, so that the browser's search and printing include them. */
export const WHOLE = 100
/** From this many rows on the library is loaded in advance, so that short lists do not wait for it. */
const SOON_LONG = WHOLE / 2
/** Extra rows beyond the edges, for several presses of an arrow key between two frames. */
const OVERSCAN = 12
/** Used until a row is measured. */
const ROW_HEIGHT = 48

interface Options {
  root: Readonly<Ref<HTMLElement | null>>
  ids: () => readonly string[]
  /** Rows that are always rendered: the focused and the dragged one. */
  pinned: () => (string | null | undefined)[]
  /** The list has its own scroll container instead of scrolling with the window. */
  scrolls?: boolean
  /** Between two rows, in pixels. */
  rowGap?: number
}

export interface DrawnRow {
  index: number
  /** The height of the omitted rows above it, in pixels. */
  gap: number
}

type Library = typeof import('@tanstack/vue-virtual')

/** Once loaded, lists use it from the start. */
let library: Library | undefined

type Rows = Virtualizer<Window, HTMLElement> | Virtualizer<HTMLElement, HTMLElement>

export function useVirtualRows({ root, ids, pinned, scrolls = false, rowGap = 0 }: Options) {
  const scope = effectScope()
  const virtualizer = shallowRef<Readonly<Ref<Rows>>>()
  const isLong = computed(() => ids().length > WHOLE)
  const isVirtual = computed(() => isLong.value && virtualizer.value !== undefined)
  const indexes = computed(() => new Map(ids().map((id, index) => [id, index])))
  /** The offset of the list in its scroll container. */
  const offset = ref(0)

  /** It could not be loaded: all rows are rendered. */
  const isMissing = ref(false)

  const extraction = computed(() => {
    const kept = pinned().flatMap((id) => indexes.value.get(id ?? '') ?? [])
    return (range: Range): number[] =>
      [...new Set([...(library?.defaultRangeExtractor(range) ?? []), ...kept])]
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

  async function comeSoon(): Promise<void> {
    try {
      library ??= await loadPart(() => import('@tanstack/vue-virtual'))
      if (scope.active && !virtualizer.value) begin(library)
    } catch {
      isMissing.value = true
    }
  }

  function begin(given: Library): void {
    const { useVirtualizer, useWindowVirtualizer } = given
    virtualizer.value = scope.run<Readonly<Ref<Rows>>>(() =>
      scrolls
        ? useVirtualizer<HTMLElement, HTMLElement>(
            computed(() => ({ ...options.value, getScrollElement: () => root.value })),
          )
        : useWindowVirtualizer<HTMLElement>(options),
    )
    locate()
  }

  // The library's own watcher is created later and without the component, so it runs only after the component has rendered: a list that
  // has just become long would lose all its rows for that moment, and with them the focus.
  watch(options, (current) => {
    const rows = virtualizer.value?.value as Virtualizer<Window, HTMLElement> | undefined
    rows?.setOptions({ ...rows.options, ...current })
  })

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
      // While the library is loading, the first rows.
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

  /** Measures a row's height while it is rendered. Passed as `ref` to each row, with `data-index`. */
  function measure(row: unknown): void {
    if (isVirtual.value) virtualizer.value?.value.measureElement(row instanceof HTMLElement ? row : null)
  }

  // Any change above the list changes the height of the page.
  if (!scrolls) useResizeObserver(document.body, locate)
  useResizeObserver(root, locate)

  return { isVirtual, drawn, measure }
}
