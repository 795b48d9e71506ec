// What bounds the work of rendering Markdown: without bounds a text of a few thousand characters holds up the page for seconds.
import type { Marked } from 'marked'

/** The server accepts less; this is for older texts. */
const MAX_LENGTH = 50_000

/** More marks of quotes and lists than this at the beginning of a line. */
const DEEP = /^(?:[ \t]*(?:>|[-+*]|\d{1,9}[.)])[ \t]?){31}/m

/** Characters that are looked through for the ends of emphasis or an address; about a tenth of a second on a slow machine. */
const MAX_SEARCHED = 200_000

export class TooComplex extends Error {}

export function isTooDeep(text: string): boolean {
  return text.length > MAX_LENGTH || DEEP.test(text)
}

/** Counts what looking ahead costs: an opening mark that nothing closes is looked for to the end, each time. */
export function limitLookahead(marked: Marked): { reset: () => void } {
  let searched = 0
  const tokenizer = marked.defaults.tokenizer
  if (!tokenizer) throw new Error('marked has no tokenizer')
  function count(length: number): void {
    searched += length
    if (searched > MAX_SEARCHED) throw new TooComplex()
  }
  function countEmphasis(src: string, prevChar: string, found: { raw: string } | undefined): void {
    if (!/^(?:\*+|_+|~+)\S/.test(src) || (src.startsWith('_') && /[\p{L}\p{N}]/u.test(prevChar))) return
    count(found?.raw.length ?? src.length)
  }
  const { emStrong, del, inlineText } = tokenizer
  // What may be the beginning of a mail address is looked through for its @ at each piece of text.
  tokenizer.inlineText = function (src) {
    count(/^[\w.!#$%&'*+/=?^`{|}~-]*/.exec(src)?.[0].length ?? 0)
    return inlineText.call(this, src)
  }
  tokenizer.emStrong = function (src, maskedSrc, prevChar = '') {
    const found = emStrong.call(this, src, maskedSrc, prevChar)
    countEmphasis(src, prevChar, found)
    return found
  }
  tokenizer.del = function (src, maskedSrc, prevChar = '') {
    const found = del.call(this, src, maskedSrc, prevChar)
    countEmphasis(src, prevChar, found)
    return found
  }
  return {
    reset: () => {
      searched = 0
    },
  }
}
