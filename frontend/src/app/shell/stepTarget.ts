// One step up or down in a list: the item to follow, `null` for the first position, `undefined` at the end.

export function stepTarget(ids: readonly string[], id: string, by: -1 | 1): string | null | undefined {
  const index = ids.indexOf(id)
  if (index < 0 || ids[index + by] === undefined) return undefined
  return by === 1 ? ids[index + 1] : (ids[index - 2] ?? null)
}
