// Finds and sets the checkboxes (`- [ ] …`) in the source text of a description.
import { lexMarkdown } from './markdown'

/** Candidates; Markdown decides which are checkboxes. Also inside quotations. */
const CANDIDATE = /^((?:[ \t]*>)*[ \t]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)+)\[[ xX]\](?=[ \t])/gm
/** Private characters of Unicode around a number: they mean nothing to Markdown. */
const NUMBERED = /^(?:\[[ xX]\])?\s*\uE0F0(\d+)\uE0F1/

/**
 * The text with its checkbox of that number (as they are rendered, from 0) set, or `null` when it has none such. Every candidate is
 * given a number that Markdown carries through: so it is Markdown that decides, and the text is read once.
 */
export function setCheckbox(text: string, index: number, checked: boolean): string | null {
  const places: number[] = []
  const numbered = text
    .replaceAll(/[\uE0F0\uE0F1]/g, '?')
    .replace(CANDIDATE, (whole, before: string, at: number) => {
      places.push(at + before.length + 1)
      return `${whole} \uE0F0${places.length - 1}\uE0F1`
    })
  const found = lexMarkdown(numbered).map((item) => NUMBERED.exec(item.text)?.[1])
  const place = places[Number(found[index] ?? NaN)]
  if (place === undefined) return null
  return `${text.slice(0, place)}${checked ? 'x' : ' '}${text.slice(place + 1)}`
}
