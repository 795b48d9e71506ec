// Dragging between and within lists: with the mouse after a few pixels, with a finger after a long press, so that
// scrolling stays what it was. The lists carry `data-drop-zone`, their items `data-drag-id`, inside `root`.
// Nothing moves while dragging but a copy under the pointer; `target` says where it would land.
import { onScopeDispose, shallowRef, watch, type Ref } from 'vue'
import { dropTarget, edgeSpeed, isSamePlace, type DropTarget, type DropZone } from '@/lib/dropTarget'

interface Options {
  root: Readonly<Ref<HTMLElement | null>>
  enabled: () => boolean
  drop: (id: string, target: DropTarget) => void
}

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

export function useDragSort({ root, enabled, drop }: Options) {
  const dragging = shallowRef<string | null>(null)
  const target = shallowRef<DropTarget | null>(null)
  let press: Press | null = null
  let ghost: HTMLElement | null = null
  let point = { x: 0, y: 0 }
  let timer: ReturnType<typeof setTimeout> | undefined
  let frame = 0
  let listening: AbortController | null = null

  function zones(): DropZone[] {
    const within = [...(root.value?.querySelectorAll<HTMLElement>('[data-drop-zone]') ?? [])]
    // A list of its own is the zone itself.
    const all = root.value?.matches('[data-drop-zone]') ? [root.value, ...within] : within
    return all.map((zone) => ({
      key: zone.dataset.dropZone ?? '',
      box: zone.getBoundingClientRect(),
      items: [...zone.querySelectorAll<HTMLElement>('[data-drag-id]')].map((item) => ({
        id: item.dataset.dragId ?? '',
        box: item.getBoundingClientRect(),
      })),
    }))
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
    const all = zones()
    const next = dropTarget(all, press.id, point.x, point.y)
    const kept = next && isSamePlace(all, press.id, next) ? null : next
    if (kept?.zone !== target.value?.zone || kept?.after !== target.value?.after) target.value = kept
  }

  function scroll(): void {
    const down = edgeSpeed(point.y, 0, window.innerHeight)
    if (down !== 0) window.scrollBy(0, down)
    const side = root.value
    if (side && side.scrollWidth > side.clientWidth) {
      const box = side.getBoundingClientRect()
      const along = edgeSpeed(point.x, Math.max(0, box.left), Math.min(window.innerWidth, box.right))
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
    stop()
    if (id === null) return
    // The click that follows would open what was dragged.
    const swallow = (event: MouseEvent): void => {
      event.preventDefault()
      event.stopPropagation()
    }
    window.addEventListener('click', swallow, { capture: true, once: true })
    setTimeout(() => window.removeEventListener('click', swallow, { capture: true }), 0)
    if (landed) drop(id, landed)
  }

  function start(event: PointerEvent): void {
    const from = event.target as Element
    const item = from.closest<HTMLElement>('[data-drag-id]')
    const held = event.button !== 0 || !event.isPrimary || !enabled()
    if (held || !item || from.closest(NOT_A_GRIP)) return
    stop()
    point = { x: event.clientX, y: event.clientY }
    press = { id: item.dataset.dragId ?? '', item, ...point, touch: event.pointerType === 'touch' }
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
