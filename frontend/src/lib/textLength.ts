// Lengths as the server counts them: an emoji or a rare Chinese character is one, not two.

/** In Unicode scalar values. */
export function lengthOf(text: string): number {
  return [...text].length
}

/** From here on it is worth a word: a tenth is left, or so little that one more sentence would not fit. */
export function isNearLimit(length: number, limit: number): boolean {
  return length > limit - Math.min(Math.ceil(limit / 10), 200)
}
