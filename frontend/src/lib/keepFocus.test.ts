// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test } from 'vitest'
import { keepFocus } from './keepFocus'

let stop: () => void = () => undefined

beforeEach(() => {
  document.body.innerHTML =
    '<form><input name="a" /><button>Send</button></form><button id="b">Other</button>'
  stop = keepFocus(document)
})
afterEach(() => stop())

const one = (selector: string): HTMLElement => document.querySelector<HTMLElement>(selector) ?? document.body
/** As browsers do, which happy-dom does not: what is disabled cannot keep the focus. */
async function disable(selector: string): Promise<void> {
  one(selector).blur()
  one(selector).setAttribute('disabled', '')
  await new Promise((resolve) => setTimeout(resolve))
}
async function enable(selector: string): Promise<void> {
  one(selector).removeAttribute('disabled')
  await new Promise((resolve) => setTimeout(resolve))
}

test('the button that was pressed has the focus again', async () => {
  one('form button').focus()
  await disable('form button')
  await enable('form button')
  expect(document.activeElement).toBe(one('form button'))
})

test('the field that was refused is first', async () => {
  one('form button').focus()
  await disable('form button')
  one('input').setAttribute('aria-invalid', 'true')
  await enable('form button')
  expect(document.activeElement).toBe(one('input'))
})

test('does not move a focus that has gone elsewhere', async () => {
  one('form button').focus()
  await disable('form button')
  one('#b').focus()
  await enable('form button')
  expect(document.activeElement).toBe(one('#b'))
  one('#b').blur()
  await disable('form button')
  await enable('form button')
  expect(document.activeElement).toBe(document.body)
})
