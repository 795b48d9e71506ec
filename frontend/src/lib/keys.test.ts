// @vitest-environment happy-dom
import { expect, test, vi } from 'vitest'
import { isComposing, shortcutKey } from './keys'

test.each([
  ['a key of a composition', { isComposing: true, keyCode: 27 }, true],
  ['the key that ends one in Safari', { isComposing: false, keyCode: 229 }, true],
  ['any other key', { isComposing: false, keyCode: 27 }, false],
])('%s', (_, event, expected) => {
  expect(isComposing(event)).toBe(expected)
})

// testing/setup.ts withholds them, as main.ts does.
test.each([
  ['capturing at the window', () => window, true],
  ['at the window', () => window, false],
  ['at the document', () => document, false],
  ['at the field', () => document.querySelector('input') ?? document, false],
])('no handler %s gets keys of a composition', (_, target, capture) => {
  document.body.innerHTML = '<input />'
  const handler = vi.fn()
  const at = target()
  at.addEventListener('keydown', handler, { capture })
  const press = (init: KeyboardEventInit & { keyCode?: number }): boolean | undefined =>
    document
      .querySelector('input')
      ?.dispatchEvent(new KeyboardEvent('keydown', { bubbles: true, cancelable: true, ...init }))
  for (const key of ['Enter', 'Escape', 'ArrowDown', 'Tab', 'Backspace', ' ', 'n']) {
    expect(press({ key, isComposing: true })).toBe(true)
    expect(press({ key, keyCode: 229 })).toBe(true)
  }
  expect(handler).not.toHaveBeenCalled()
  press({ key: 'Enter', keyCode: 13 })
  expect(handler).toHaveBeenCalledOnce()
  at.removeEventListener('keydown', handler, { capture })
})

test.each([
  ['QWERTY', 'n', 'KeyN', 'n'],
  ['caps lock', 'N', 'KeyN', 'n'],
  ['Dvorak: the letter decides, not the place', 'n', 'KeyL', 'n'],
  ['AZERTY', 'a', 'KeyQ', 'a'],
  ['Russian', 'т', 'KeyN', 'n'],
  ['Greek', 'ν', 'KeyN', 'n'],
  ['Hebrew', 'מ', 'KeyN', 'n'],
  ['Arabic', 'ى', 'KeyN', 'n'],
  ['Arabic, two letters with one key', 'لا', 'KeyB', 'لا'],
  ['Korean', 'ㅜ', 'KeyN', 'n'],
  ['Thai', 'ื', 'KeyN', 'n'],
  ['bopomofo', 'ㄙ', 'KeyN', 'n'],
  ['a key without a letter', 'ArrowDown', 'ArrowDown', 'ArrowDown'],
  ['a sign', '/', 'Slash', '/'],
  ['a dead key', 'Dead', 'KeyN', 'Dead'],
])('%s: %s at %s', (_, key, code, expected) => {
  expect(shortcutKey({ key, code })).toBe(expected)
})
