// The scale of a chart of counts: whole numbers only, with a few round lines.

const ROUND = [1, 2, 5]

/** The lines of the scale from 0 upward; the last is at or above the highest value. */
export function ticksFor(highest: number, lines = 4): number[] {
  const wanted = Math.max(1, highest) / lines
  let step = 1
  for (let power = 1; step < wanted; power *= 10) {
    step = ROUND.map((round) => round * power).find((candidate) => candidate >= wanted) ?? power * 10
  }
  const count = Math.max(1, Math.ceil(highest / step))
  return Array.from({ length: count + 1 }, (_, index) => index * step)
}

/** A bar with a round top that stands on its base. */
export function barPath(x: number, base: number, width: number, height: number, radius = 4): string {
  const r = Math.min(radius, width / 2, height)
  const top = base - height
  return [
    `M${x},${base}`,
    `V${top + r}`,
    `Q${x},${top} ${x + r},${top}`,
    `H${x + width - r}`,
    `Q${x + width},${top} ${x + width},${top + r}`,
    `V${base}Z`,
  ].join('')
}
