// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { keepFocus } from './keepFocus'

let stop: () => void = () => undefined

beforeEach(() => {
  document.body.innerHTML =
    '<form><input name="a" /><button>Send</button></form><button id="b">Other</button>'
  stop = keepFocus(document)
})
afterEach(() => stop())

const one = (selector: string): HTMLElement => document.querySelector<HTMLElement>(selector) ?? document.body
const drawn = () => new Promise((resolve) => setTimeout(resolve, 50))
/** As browsers do, which happy-dom does not: what is disabled cannot keep the focus. */
async function disable(selector: string): Promise<void> {
  one(selector).blur()
  one(selector).setAttribute('disabled', '')
  await drawn()
}
async function enable(selector: string): Promise<void> {
  one(selector).removeAttribute('disabled')
  await drawn()
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

test('the field that was refused is first, also when that is drawn after the button', async () => {
  one('form button').focus()
  await disable('form button')
  one('form button').removeAttribute('disabled')
  await Promise.resolve()
  one('input').setAttribute('aria-invalid', 'true')
  await vi.waitFor(() => expect(document.activeElement).toBe(one('input')))
})

test('the field that was refused is first, also when the answer came before the browser took the focus away', async () => {
  one('form button').focus()
  one('form button').setAttribute('disabled', '')
  await drawn()
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

test('what stands around a form that is answered has the focus after it', async () => {
  document.body.innerHTML = '<main tabindex="-1"><form><input /><button>Send</button></form></main>'
  one('button').focus()
  await disable('button')
  one('main').innerHTML = '<p role="alert">This link is no longer valid</p>'
  await vi.waitFor(() => expect(document.activeElement).toBe(one('main')))
})

test('within a dialog it stays there, and beside one that was closed the page has it', async () => {
  document.body.innerHTML =
    '<main tabindex="-1"></main><dialog open><button id="close">Close</button><ul><li><button>Discard</button></li></ul></dialog>'
  one('li button').focus()
  one('li').remove()
  await vi.waitFor(() => expect(document.activeElement).toBe(one('#close')))
  one('dialog').removeAttribute('open')
  one('#close').remove()
  await vi.waitFor(() => expect(document.activeElement).toBe(one('main')))
})

test('whoever takes something out may say where it goes on, and what had no focus is nobody’s', async () => {
  document.body.innerHTML = '<main tabindex="-1"><button id="a">A</button><button id="c">C</button></main>'
  one('#a').focus()
  one('#a').remove()
  one('#c').focus()
  await drawn()
  expect(document.activeElement).toBe(one('#c'))
  one('#c').blur()
  await drawn()
  one('#c').remove()
  await drawn()
  expect(document.activeElement).toBe(document.body)
})
