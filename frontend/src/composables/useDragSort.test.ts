import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { effectScope, shallowRef, type EffectScope } from 'vue'
import { useDragSort } from './useDragSort'

let scope: EffectScope
let list: HTMLElement
const drop = vi.fn()

function boxed(element: HTMLElement, top: number, height: number): void {
  element.getBoundingClientRect = () => new DOMRect(0, top, 200, height)
}

function begin(enabled = true) {
  scope = effectScope()
  const drag = scope.run(() => useDragSort({ root: shallowRef(list), enabled: () => enabled, drop }))
  if (!drag) throw new Error('the scope is over')
  return drag
}

function point(type: string, target: EventTarget, y: number, pointerType = 'mouse'): void {
  const options = { bubbles: true, clientX: 50, clientY: y, pointerType, isPrimary: true, button: 0 }
  target.dispatchEvent(new PointerEvent(type, options))
}

const row = (id: string): Element => list.querySelector(`[data-drag-id=${id}]`) ?? list

beforeEach(() => {
  vi.useFakeTimers()
  drop.mockReset()
  list = document.createElement('ul')
  list.dataset.dropZone = 'list'
  boxed(list, 0, 120)
  for (const [index, id] of ['a', 'b', 'c'].entries()) {
    const item = document.createElement('li')
    item.dataset.dragId = id
    item.innerHTML = '<a>title</a><button>menu</button>'
    boxed(item, index * 40, 40)
    list.append(item)
  }
  document.body.append(list)
})

afterEach(() => {
  scope.stop()
  list.remove()
  vi.useRealTimers()
})

test('a mouse drags after a few pixels, and lets go where it is', () => {
  const { dragging, target } = begin()
  point('pointerdown', row('a'), 10)
  point('pointermove', window, 12)
  expect(dragging.value).toBeNull()
  point('pointermove', window, 70)
  expect(dragging.value).toBe('a')
  expect(target.value).toEqual({ zone: 'list', after: 'b' })
  expect(document.querySelector('.drag-ghost')).not.toBeNull()
  point('pointerup', window, 70)
  expect(drop.mock.calls).toEqual([['a', { zone: 'list', after: 'b' }]])
  expect(document.querySelector('.drag-ghost')).toBeNull()
})

test('back to its own place nothing happens', () => {
  begin()
  point('pointerdown', row('b'), 50)
  point('pointermove', window, 110)
  point('pointermove', window, 55)
  point('pointerup', window, 55)
  expect(drop).not.toHaveBeenCalled()
})

test('a finger must rest first: moving at once scrolls', () => {
  const { dragging } = begin()
  point('pointerdown', row('a'), 10, 'touch')
  point('pointermove', window, 40, 'touch')
  vi.advanceTimersByTime(400)
  expect(dragging.value).toBeNull()
  point('pointerdown', row('a'), 10, 'touch')
  vi.advanceTimersByTime(400)
  expect(dragging.value).toBe('a')
  point('pointermove', window, 119, 'touch')
  point('pointerup', window, 119, 'touch')
  expect(drop.mock.calls).toEqual([['a', { zone: 'list', after: 'c' }]])
})

test('Esc takes it back', () => {
  begin()
  point('pointerdown', row('a'), 10)
  point('pointermove', window, 110)
  window.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape' }))
  point('pointerup', window, 110)
  expect(drop).not.toHaveBeenCalled()
})

test('buttons are no grips, and what may not be moved stays', () => {
  const { dragging } = begin()
  point('pointerdown', list.querySelector('button') ?? list, 10)
  point('pointermove', window, 110)
  expect(dragging.value).toBeNull()
  scope.stop()
  const other = begin(false)
  point('pointerdown', row('a'), 10)
  point('pointermove', window, 110)
  expect(other.dragging.value).toBeNull()
})
