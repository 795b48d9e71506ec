// Several lines that were pasted, as the titles of several tasks.
import { oneLine } from '@/lib/oneLine'

/** Maximum number offered; each is a separate request. */
export const LINES_AT_MOST = 100

/** What lists begin their lines with: a bullet, a number, a checkbox. Not part of a title. */
const MARK = /^(?:[-*+•·●○▪◦‣–—]\s+|\(?\d{1,3}[.)](?:\s+|(?=\D))|\d{1,3}、\s*)?(?:\[[ xX]?\]\s+|[☐☑✓✔]\s*)?/u

/** The titles in the text, without marks and empty lines; empty when they are not several, or too many. */
export function titlesIn(text: string): string[] {
  const titles = text
    .split(/[\n\v\f\r\u0085\u2028\u2029]+/)
    .map((line) => oneLine(line.trim().replace(MARK, '')).trim())
    .filter(Boolean)
  return titles.length > 1 && titles.length <= LINES_AT_MOST ? titles : []
}
