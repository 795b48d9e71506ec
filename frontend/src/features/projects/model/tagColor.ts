// The colour of a tag for which nobody has chosen one, by its name; as the server gives it (`backend/src/tags/model.rs`).
const COLORS = [
  '#4f5bd5',
  '#2f80c2',
  '#14866d',
  '#5a8f29',
  '#b7791f',
  '#c8553d',
  '#c23b6b',
  '#8e4ec6',
] as const

/** FNV-1a, 32 bits, over the name in lower case as UTF-8. */
export function tagColor(name: string): string {
  let hash = 0x811c9dc5
  for (const byte of new TextEncoder().encode(name.trim().toLowerCase())) {
    hash = Math.imul(hash ^ byte, 0x01000193)
  }
  return COLORS[(hash >>> 0) % COLORS.length] ?? COLORS[0]
}
