// Where something that is dragged would land: among zones (lists, columns) of items one below the other.

export interface Box {
  top: number
  bottom: number
  left: number
  right: number
}

export interface DropZone {
  key: string
  box: Box
  items: readonly { id: string; box: Box }[]
}

export interface DropTarget {
  zone: string
  /** The item to come after, `null` for the first place. */
  after: string | null
}

function distance(value: number, low: number, high: number): number {
  return Math.max(low - value, 0, value - high)
}

/** The zone under the pointer, or else the nearest one. */
function zoneAt(zones: readonly DropZone[], x: number, y: number): DropZone | undefined {
  const far = ({ box }: DropZone): number =>
    Math.hypot(distance(x, box.left, box.right), distance(y, box.top, box.bottom))
  return zones.toSorted((a, b) => far(a) - far(b))[0]
}

export function dropTarget(
  zones: readonly DropZone[],
  dragged: string,
  x: number,
  y: number,
): DropTarget | null {
  const zone = zoneAt(zones, x, y)
  if (!zone) return null
  const others = zone.items.filter(({ id }) => id !== dragged)
  const below = others.findIndex(({ box }) => y < (box.top + box.bottom) / 2)
  const index = below < 0 ? others.length : below
  return { zone: zone.key, after: others[index - 1]?.id ?? null }
}

/** Whether it would land where it is. */
export function isSamePlace(zones: readonly DropZone[], dragged: string, target: DropTarget): boolean {
  const zone = zones.find(({ key }) => key === target.zone)
  const index = zone?.items.findIndex(({ id }) => id === dragged) ?? -1
  return index >= 0 && (zone?.items[index - 1]?.id ?? null) === target.after
}

/** How fast to scroll while the pointer is near an edge, in pixels a frame. */
export function edgeSpeed(position: number, low: number, high: number, margin = 56, fastest = 14): number {
  if (position < low + margin) return -fastest * Math.min(1, (low + margin - position) / margin)
  if (position > high - margin) return fastest * Math.min(1, (position - high + margin) / margin)
  return 0
}
