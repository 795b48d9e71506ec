// Where the arrow keys lead on a board of columns.

export interface BoardPlace {
  column: number
  row: number
}

type Columns = readonly (readonly string[])[]

const STEPS: Record<string, readonly [columns: number, rows: number]> = {
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  k: [0, -1],
  j: [0, 1],
}

export function placeOf(columns: Columns, id: string): BoardPlace | null {
  const column = columns.findIndex((ids) => ids.includes(id))
  return column < 0 ? null : { column, row: columns[column]?.indexOf(id) ?? 0 }
}

/** The card that the key leads to; sideways over empty columns. */
export function neighbour(columns: Columns, from: BoardPlace, key: string): string | null {
  const [across = 0, along = 0] = STEPS[key] ?? []
  if (along !== 0) return columns[from.column]?.[from.row + along] ?? null
  if (across === 0) return null
  for (let column = from.column + across; columns[column]; column += across) {
    const ids = columns[column] ?? []
    if (ids.length > 0) return ids[Math.min(from.row, ids.length - 1)] ?? null
  }
  return null
}

export interface CardMove {
  column: number
  /** The card to come after, `null` for the first place. */
  after: string | null
}

/** Where a card goes when it is moved one step; `null` at the edge. Sideways it keeps its height. */
export function cardMove(columns: Columns, from: BoardPlace, key: string): CardMove | null {
  const [across = 0, along = 0] = STEPS[key] ?? []
  if (across !== 0) {
    const column = from.column + across
    const ids = columns[column]
    return ids ? { column, after: ids[Math.min(from.row, ids.length) - 1] ?? null } : null
  }
  const ids = columns[from.column] ?? []
  const next = from.row + along
  if (along === 0 || next < 0 || next >= ids.length) return null
  return { column: from.column, after: ids[along > 0 ? next : next - 1] ?? null }
}
