// Where something that is dragged would land: among zones (lists, columns) of items one below the other.

export interface Box {
  top: number
  bottom: number
  left: number
  right: number
}

export interface DropZone {
  key: string
  items: readonly { id: string; box: Box }[]
}

export interface DropTarget {
  zone: string
  /** The item to come after, `null` for the first place. */
  after: string | null
}

/** Where in the zone under the pointer, by height alone. */
export function dropTarget(zone: DropZone, dragged: string, y: number): DropTarget {
  const others = zone.items.filter(({ id }) => id !== dragged)
  const below = others.findIndex(({ box }) => y < (box.top + box.bottom) / 2)
  const index = below < 0 ? others.length : below
  return { zone: zone.key, after: others[index - 1]?.id ?? null }
}

/** Whether it would land where it is. */
export function isSamePlace(zone: DropZone, dragged: string, after: string | null): boolean {
  const index = zone.items.findIndex(({ id }) => id === dragged)
  return index >= 0 && (zone.items[index - 1]?.id ?? null) === after
}

/** How fast to scroll while the pointer is near an edge, in pixels a frame. */
export function edgeSpeed(position: number, low: number, high: number, margin = 56, fastest = 14): number {
  if (position < low + margin) return -fastest * Math.min(1, (low + margin - position) / margin)
  if (position > high - margin) return fastest * Math.min(1, (position - high + margin) / margin)
  return 0
}
