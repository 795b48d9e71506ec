// In Chinese and Japanese text no space stands after a URL.
import type { Marked } from 'marked'

/** Full-width punctuation, and the quotes, dashes and dots that Chinese text has at full width. */
const ENDS_URL =
  /[\u2014\u2018-\u201d\u2026\u3000-\u3003\u3008-\u3020\u3030\u303d\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65]/

/** A bare URL ends before full-width punctuation. */
export function endUrlsAtFullWidth(marked: Marked): void {
  const tokenizer = marked.defaults.tokenizer
  if (!tokenizer) throw new Error('marked has no tokenizer')
  const { url } = tokenizer
  tokenizer.url = function (src) {
    // An address has at most 64 characters before its @ (RFC 5321): no need to look further for it.
    if (!/^(?:(?:https?|ftp):\/\/|www\.|[\w.+-]{1,64}@)/i.test(src)) return undefined
    const end = src.search(ENDS_URL)
    return url.call(this, end < 0 ? src : src.slice(0, end))
  }
}
