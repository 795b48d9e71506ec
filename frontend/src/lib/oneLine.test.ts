// @vitest-environment happy-dom
import { afterEach, expect, test } from 'vitest'
import { oneLine, pasteAsOneLine } from './oneLine'

test.each([
  ['one line', 'one line'],
  ['two\nlines', 'two lines'],
  ['two\r\n  lines', 'two lines'],
  ['a\tb\t\tc', 'a b c'],
  ['a\u2028b\u0085c', 'a b c'],
  ['two  spaces stay', 'two  spaces stay'],
  ['👩‍🚀 林晨', '👩‍🚀 林晨'],
])('%j', (text, expected) => {
  expect(oneLine(text)).toBe(expected)
})

document.addEventListener('paste', pasteAsOneLine)
afterEach(() => {
  document.body.replaceChildren()
})

/** What stands in the input after the paste; `null` when that is left to the browser. */
function paste(
  text: string,
  attributes: { type?: string; maxLength?: number; readOnly?: boolean } = {},
): string | null {
  const input = Object.assign(document.createElement('input'), { value: 'Buy now', ...attributes })
  document.body.append(input)
  input.setSelectionRange(4, 4)
  let heard = ''
  input.addEventListener('input', () => (heard = input.value))
  const clipboardData = new DataTransfer()
  clipboardData.setData('text/plain', text)
  const event = new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true })
  input.dispatchEvent(event)
  return event.defaultPrevented ? heard : null
}

test('pasted lines and cells become words at the cursor', () => {
  expect(paste('milk\nand\tbread\r\n')).toBe('Buy milk and breadnow')
})

test('nothing is truncated; too long text is reported', () => {
  expect(paste('milk\nbread', { maxLength: 10 })).toBe('Buy milk breadnow')
})

test.each([
  ['one line', {}],
  ['a password\tof its own', { type: 'password' }],
  ['not\nto be changed', { readOnly: true }],
])('%j is left to the browser', (text, attributes) => {
  expect(paste(text, attributes)).toBeNull()
})
