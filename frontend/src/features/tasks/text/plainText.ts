// Most descriptions are a few sentences, which look the same with and without the Markdown renderer. The renderer is twice as large as the
// rest of the panel, so it is loaded only when needed.

/** A line of sentences: it begins with a word and contains no Markdown syntax. */
const LINE = /^[\p{L}(（“‘"'][\p{L}\p{M}\p{N} ,;.!?'"()“”‘’…–—、，。；：？！（）]*$/u
const ADDRESS = /www\./i

/** Whether it would be rendered as typed: one paragraph that keeps its line breaks, without URLs and blank lines. */
export function isPlainText(text: string): boolean {
  return !ADDRESS.test(text) && text.split('\n').every((line) => LINE.test(line))
}
