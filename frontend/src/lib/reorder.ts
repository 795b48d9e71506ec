// Moving one of a row of things.

/** The same things with `id` at that place, counted without it; beyond either end is the end. */
export function moved(ids: readonly string[], id: string, index: number): string[] {
  const others = ids.filter((other) => other !== id)
  return others.toSpliced(Math.min(Math.max(index, 0), others.length), 0, id)
}

/** What stands before it, `null` for nothing. */
export function predecessor(ids: readonly string[], id: string): string | null {
  return ids[ids.indexOf(id) - 1] ?? null
}

/** The place among rows whose middles are given, from top to bottom. */
export function rowAt(middles: readonly number[], y: number): number {
  const index = middles.findIndex((middle) => y < middle)
  return index < 0 ? middles.length : index
}
