// One place up or down in a list: what to come after, `null` for the first place, `undefined` when there is no further.

export function stepTarget(ids: readonly string[], id: string, by: -1 | 1): string | null | undefined {
  const index = ids.indexOf(id)
  if (index < 0 || ids[index + by] === undefined) return undefined
  return by === 1 ? ids[index + 1] : (ids[index - 2] ?? null)
}
