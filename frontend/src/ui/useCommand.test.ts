import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { effectScope, type EffectScope } from 'vue'
import { useCommand, type Command } from './useCommand'

let scope: EffectScope

beforeEach(() => {
  document.body.innerHTML = '<input /><button></button>'
  scope = effectScope()
})
afterEach(() => scope.stop())

function offer(command: Omit<Command, 'run'>) {
  const run = vi.fn()
  scope.run(() => useCommand({ ...command, run }))
  return run
}

/** Whether the page took it. */
function press(init: KeyboardEventInit, on = 'button'): boolean {
  const event = new KeyboardEvent('keydown', { bubbles: true, cancelable: true, ...init })
  return document.querySelector(on)?.dispatchEvent(event) === false
}

test('a letter works on every layout and is not passed to the browser', () => {
  const run = offer({ keys: ['n'] })
  expect(press({ key: 'n', code: 'KeyN' })).toBe(true)
  expect(press({ key: 'т', code: 'KeyN' })).toBe(true)
  expect(press({ key: 'x', code: 'KeyX' })).toBe(false)
  expect(run).toHaveBeenCalledTimes(2)
})

test('modifiers and fields are excluded unless configured', () => {
  const plain = offer({ keys: ['n'] })
  const held = offer({ keys: ['z'], withControl: true })
  const typed = offer({ keys: ['Escape'], whileTyping: true })
  press({ key: 'n', ctrlKey: true })
  press({ key: 'n', altKey: true })
  press({ key: 'n' }, 'input')
  expect(plain).not.toHaveBeenCalled()
  press({ key: 'z', metaKey: true })
  expect(held).toHaveBeenCalledTimes(1)
  press({ key: 'Escape' }, 'input')
  expect(typed).toHaveBeenCalledTimes(1)
})

test('the latest handler comes first and may pass the key on', () => {
  const first = offer({ keys: ['j'] })
  let isMine = true
  const second = offer({ keys: ['j'], when: () => isMine })
  press({ key: 'j' })
  isMine = false
  press({ key: 'j' })
  expect([first, second].map(({ mock }) => mock.calls.length)).toEqual([1, 1])
})

test('handled keys and unmounted handlers are ignored', () => {
  const run = offer({ keys: ['n'] })
  document
    .querySelector('button')
    ?.addEventListener('keydown', (event) => event.preventDefault(), { once: true })
  press({ key: 'n' })
  scope.stop()
  expect(press({ key: 'n' })).toBe(false)
  expect(run).not.toHaveBeenCalled()
})
