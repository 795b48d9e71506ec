// Most descriptions are a few sentences. They look the same with and without the renderer of Markdown, which is as large as the rest of
// the panel twice over: it comes only for what needs it.

/** A line of sentences: it begins with a word, and no mark in it has a meaning in Markdown. */
const LINE = /^[\p{L}(（“‘"'][\p{L}\p{M}\p{N} ,;.!?'"()“”‘’…–—、，。；：？！（）]*$/u
const ADDRESS = /www\./i

/** Whether it would be rendered as it was typed: one paragraph, whose lines stay lines. No address, no blank line. */
export function isPlainText(text: string): boolean {
  return !ADDRESS.test(text) && text.split('\n').every((line) => LINE.test(line))
}
