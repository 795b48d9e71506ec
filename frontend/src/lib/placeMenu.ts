// Puts a floating element beside its anchor: below and from the same start, turned where there is no room.

interface Rect {
  top: number
  bottom: number
  left: number
  right: number
}

interface Size {
  width: number
  height: number
}

const GAP = 4
const MARGIN = 8

export function menuPlace(anchor: Rect, menu: Size, screen: Size): { left: number; top: number } {
  const below = anchor.bottom + GAP
  const above = anchor.top - GAP - menu.height
  const fitsBelow = below + menu.height <= screen.height - MARGIN
  const top = fitsBelow || above < MARGIN ? below : above
  const fromStart = anchor.left + menu.width <= screen.width - MARGIN
  const left = fromStart ? anchor.left : anchor.right - menu.width
  const within = (value: number, size: number, room: number): number =>
    Math.max(MARGIN, Math.min(value, room - size - MARGIN))
  return {
    left: within(left, menu.width, screen.width),
    top: within(top, menu.height, screen.height),
  }
}

export function placeMenu(menu: HTMLElement, anchor: DOMRect): void {
  const size = { width: menu.offsetWidth, height: menu.offsetHeight }
  const screen = { width: document.documentElement.clientWidth, height: window.innerHeight }
  const { left, top } = menuPlace(anchor, size, screen)
  menu.style.left = `${left}px`
  menu.style.top = `${top}px`
}
