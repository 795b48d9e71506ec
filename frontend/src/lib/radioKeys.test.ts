// @vitest-environment happy-dom
import { beforeEach, expect, test, vi } from 'vitest'
import { onRadioKey } from './radioKeys'

const chosen = vi.fn()

beforeEach(() => {
  chosen.mockReset()
  document.body.innerHTML = `<div role="radiogroup">${['a', 'b', 'c'].map((id) => `<button id="${id}" role="radio"></button>`).join('')}</div>`
  const group = document.body.firstElementChild as HTMLElement
  group.addEventListener('keydown', onRadioKey)
  group.addEventListener('click', ({ target }) => chosen((target as HTMLElement).id))
})

test.each([
  ['a', 'ArrowRight', 'b'],
  ['a', 'ArrowDown', 'b'],
  ['c', 'ArrowRight', 'a'],
  ['a', 'ArrowLeft', 'c'],
  ['b', 'ArrowUp', 'a'],
])('from %s, %s chooses %s', (from, key, to) => {
  const radio = document.getElementById(from)
  radio?.focus()
  const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true })
  radio?.dispatchEvent(event)
  expect(document.activeElement?.id).toBe(to)
  expect(chosen).toHaveBeenCalledExactlyOnceWith(to)
  expect(event.defaultPrevented).toBe(true)
})

test('other keys are left alone', () => {
  document.getElementById('a')?.dispatchEvent(new KeyboardEvent('keydown', { key: 'j', bubbles: true }))
  expect(chosen).not.toHaveBeenCalled()
})
