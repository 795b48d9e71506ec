// Most descriptions are a few sentences. They look the same with and without the renderer of Markdown, which is as large as the rest of
// the panel twice over: it comes only for what needs it.

/** Sentences: no mark that Markdown gives a meaning, no address, no blank line, nothing before the first word of a line. */
const SENTENCES = /^(?:[\p{L}(（“‘"'][\p{L}\p{M}\p{N} ,;.!?'"()“”‘’…–—、，。；：？！（）]*\n?)*$/u
const ADDRESS = /www\./i

/** Whether it would be rendered as it was typed: one paragraph, whose lines stay lines. */
export function isPlainText(text: string): boolean {
  return SENTENCES.test(text) && !ADDRESS.test(text)
}
