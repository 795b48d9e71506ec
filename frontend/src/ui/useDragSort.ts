// Dragging between and within lists: with the mouse after a few pixels, with touch after a long press, so that scrolling still works. Lists
// have `data-drop-zone`, their items `data-drag-id`, inside `root`; a scrolling part of a list has `data-drop-scroll`. Anywhere on the
// page, `data-drop-onto` accepts items from elsewhere. While dragging only a copy moves under the pointer; `target` is where it would land,
// which is always under the pointer: dropped anywhere else, the item stays where it was.
import { onScopeDispose, shallowReadonly, shallowRef, watch, type Ref } from 'vue'
import { dropTarget, edgeSpeed, isSamePlace, type DropTarget, type DropZone } from '@/lib/dropTarget'

interface Options {
  root: Readonly<Ref<HTMLElement | null>>
  enabled: (id: string, touch: boolean) => boolean
  drop: (id: string, target: DropTarget) => void
  /** Whether a place of that key (`data-drop-onto`) takes it in. */
  accepts?: (id: string, onto: string) => boolean
  dropOnto?: (id: string, onto: string) => void
}

const hoveredOnto = shallowRef<string | null>(null)
/** The `data-drop-onto` target under the dragged item. */
export const dropOntoTarget = shallowReadonly(hoveredOnto)

interface Press {
  id: string
  item: HTMLElement
  x: number
  y: number
  touch: boolean
}

const MOUSE_SLOP = 5
const TOUCH_SLOP = 10
const LONG_PRESS_MS = 320
const NOT_A_GRIP = 'button, input, textarea, select, [role="menu"], [contenteditable]'

export function useDragSort({ root, enabled, drop, accepts, dropOnto }: Options) {
  const dragging = shallowRef<string | null>(null)
  const target = shallowRef<DropTarget | null>(null)
  let press: Press | null = null
  let ghost: HTMLElement | null = null
  let point = { x: 0, y: 0 }
  let timer: ReturnType<typeof setTimeout> | undefined
  let frame = 0
  let listening: AbortController | null = null

  function underPointer(): Element | null {
    return document.elementFromPoint(point.x, point.y)
  }

  /** The list under the pointer, if it is one of ours and nothing else lies over it. */
  function zoneUnderPointer(): HTMLElement | null {
    const zone = underPointer()?.closest<HTMLElement>('[data-drop-zone]') ?? null
    return zone && root.value?.contains(zone) ? zone : null
  }

  function measure(zone: HTMLElement): DropZone {
    return {
      key: zone.dataset.dropZone ?? '',
      items: [...zone.querySelectorAll<HTMLElement>('[data-drag-id]')].map((item) => ({
        id: item.dataset.dragId ?? '',
        box: item.getBoundingClientRect(),
      })),
    }
  }

  function landing(id: string): DropTarget | null {
    const element = zoneUnderPointer()
    if (!element) return null
    const zone = measure(element)
    const target = dropTarget(zone, id, point.y)
    return isSamePlace(zone, id, target.after) ? null : target
  }

  function lift(): void {
    if (!press) return
    const box = press.item.getBoundingClientRect()
    ghost = press.item.cloneNode(true) as HTMLElement
    ghost.classList.add('drag-ghost')
    ghost.removeAttribute('data-drag-id')
    ghost.inert = true
    Object.assign(ghost.style, { inlineSize: `${box.width}px`, left: `${box.left}px`, top: `${box.top}px` })
    document.body.append(ghost)
    document.documentElement.classList.add('is-dragging')
    dragging.value = press.id
    if (press.touch) navigator.vibrate?.(10)
    frame = requestAnimationFrame(scroll)
    follow()
  }

  function follow(): void {
    if (!press || !ghost) return
    ghost.style.translate = `${point.x - press.x}px ${point.y - press.y}px`
    const next = landing(press.id)
    if (next?.zone !== target.value?.zone || next?.after !== target.value?.after) target.value = next
    const onto = underPointer()?.closest<HTMLElement>('[data-drop-onto]')?.dataset.dropOnto ?? null
    hoveredOnto.value = onto !== null && accepts?.(press.id, onto) ? onto : null
  }

  function scroll(): void {
    const list = zoneUnderPointer()?.querySelector('[data-drop-scroll]')
    const box = list?.getBoundingClientRect()
    if (list && box) list.scrollBy(0, edgeSpeed(point.y, box.top, box.bottom))
    else window.scrollBy(0, edgeSpeed(point.y, 0, window.innerHeight))
    const side = root.value
    if (side && side.scrollWidth > side.clientWidth) {
      const edges = side.getBoundingClientRect()
      const along = edgeSpeed(point.x, Math.max(0, edges.left), Math.min(window.innerWidth, edges.right))
      if (along !== 0) side.scrollBy(along, 0)
    }
    follow()
    frame = requestAnimationFrame(scroll)
  }

  function stop(): void {
    clearTimeout(timer)
    cancelAnimationFrame(frame)
    listening?.abort()
    listening = null
    ghost?.remove()
    ghost = null
    press = null
    dragging.value = null
    target.value = null
    hoveredOnto.value = null
    document.documentElement.classList.remove('is-dragging')
  }

  function move(event: PointerEvent): void {
    if (!press) return
    point = { x: event.clientX, y: event.clientY }
    if (dragging.value !== null) return follow()
    const way = Math.hypot(point.x - press.x, point.y - press.y)
    if (press.touch && way > TOUCH_SLOP) stop()
    else if (!press.touch && way > MOUSE_SLOP) lift()
  }

  function release(): void {
    const id = dragging.value
    const landed = target.value
    const onto = hoveredOnto.value
    stop()
    if (id === null) return
    // The click that follows would open the dragged item.
    const swallow = (event: MouseEvent): void => {
      event.preventDefault()
      event.stopPropagation()
    }
    window.addEventListener('click', swallow, { capture: true, once: true })
    setTimeout(() => window.removeEventListener('click', swallow, { capture: true }), 0)
    if (landed) drop(id, landed)
    else if (onto !== null) dropOnto?.(id, onto)
  }

  function start(event: PointerEvent): void {
    const from = event.target as Element
    const item = from.closest<HTMLElement>('[data-drag-id]')
    if (event.button !== 0 || !event.isPrimary || !item || from.closest(NOT_A_GRIP)) return
    const id = item.dataset.dragId ?? ''
    const touch = event.pointerType === 'touch'
    if (!enabled(id, touch)) return
    stop()
    point = { x: event.clientX, y: event.clientY }
    press = { id, item, ...point, touch }
    if (press.touch) timer = setTimeout(lift, LONG_PRESS_MS)
    listen()
  }

  function listen(): void {
    listening = new AbortController()
    const { signal } = listening
    window.addEventListener('pointermove', move, { signal })
    window.addEventListener('pointerup', release, { signal })
    window.addEventListener('pointercancel', stop, { signal })
    window.addEventListener('keydown', ({ key }) => key === 'Escape' && stop(), { signal })
    // While a finger drags, the page stands still and shows no menu.
    const still = (event: Event): void => {
      if (dragging.value !== null || event.type === 'contextmenu') event.preventDefault()
    }
    window.addEventListener('touchmove', still, { signal, passive: false })
    if (press?.touch) window.addEventListener('contextmenu', still, { signal })
  }

  watch(
    root,
    (element, before) => {
      before?.removeEventListener('pointerdown', start)
      element?.addEventListener('pointerdown', start)
    },
    { immediate: true },
  )
  onScopeDispose(() => {
    stop()
    root.value?.removeEventListener('pointerdown', start)
  })

  return { dragging, target }
}
