// Names and titles are one line: the server refuses line breaks and tabs in them. A browser drops the line breaks of what is pasted
// into an input, which joins the words around them, and keeps the tabs.

/** The text with a space in place of each run of line breaks and tabs. */
export function oneLine(text: string): string {
  return text.replace(/\s*[\t\n\v\f\r\u0085\u2028\u2029]+\s*/g, ' ')
}

/** Listens to `paste`, for every input that is one line of text. */
export function pasteAsOneLine(event: ClipboardEvent): void {
  const input = event.target
  if (!(input instanceof HTMLInputElement) || input.type !== 'text' || input.readOnly) return
  const pasted = event.clipboardData?.getData('text/plain') ?? ''
  const text = oneLine(pasted.trim())
  if (text === pasted.trim()) return
  event.preventDefault()
  const start = input.selectionStart ?? input.value.length
  const end = input.selectionEnd ?? start
  // The whole text: excess length is reported, not truncated.
  input.setRangeText(text, start, end, 'end')
  input.dispatchEvent(new InputEvent('input', { bubbles: true, inputType: 'insertFromPaste' }))
}
