// Whether a task is to be seen on the page as it stands now.
import type { Uuid } from '@/api/types'

/** Its row or card, at least its middle, in the window and under nothing else. */
export function isRowInView(id: Uuid): boolean {
  const key = CSS.escape(id)
  const row = document.querySelector(`[data-row-id="${key}"], [data-drag-id="${key}"]`)
  if (!row) return false
  const { left, top, width, height } = row.getBoundingClientRect()
  return row.contains(document.elementFromPoint(left + width / 2, top + height / 2))
}
