// Places in an order that people make by hand, as the server keeps them: ASCII text that sorts byte by byte.

/**
 * A place right after that position, for show until the server answers: a space sorts before every character
 * that a real position is made of. Nothing before it is the first place.
 */
export function provisionalPosition(after: string | null): string {
  return `${after ?? ''} `
}
