import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { effectScope, shallowRef, type EffectScope } from 'vue'
import { dropOntoTarget, useDragSort } from './useDragSort'

let scope: EffectScope
let list: HTMLElement
const drop = vi.fn()
const dropOnto = vi.fn()
const sidebar = document.createElement('nav')
sidebar.innerHTML = '<a data-drop-onto="project:p"></a><a data-drop-onto="project:closed"></a>'

function boxed(element: HTMLElement, top: number, height: number): void {
  element.getBoundingClientRect = () => new DOMRect(0, top, 200, height)
}

function begin(enabled = true) {
  scope = effectScope()
  const drag = scope.run(() =>
    useDragSort({
      root: shallowRef(list),
      enabled: () => enabled,
      drop,
      accepts: (_, onto) => onto !== 'project:closed',
      dropOnto,
    }),
  )
  if (!drag) throw new Error('the scope is over')
  return drag
}

function point(type: string, target: EventTarget, y: number, pointerType = 'mouse', x = 50): void {
  const options = { bubbles: true, clientX: x, clientY: y, pointerType, isPrimary: true, button: 0 }
  target.dispatchEvent(new PointerEvent(type, options))
}

const row = (id: string): Element => list.querySelector(`[data-drag-id=${id}]`) ?? list

beforeEach(() => {
  vi.useFakeTimers()
  drop.mockReset()
  dropOnto.mockReset()
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
  // Nothing is laid out here: the list is 200 wide and 120 high, beside it is the sidebar, and else there is the page.
  document.elementFromPoint = (x, y) => {
    if (x >= 0 && x < 200 && y >= 0 && y < 120) return list
    if (x < 200) return document.body
    return sidebar.children[y < 60 ? 0 : 1] ?? null
  }
})

afterEach(() => {
  scope.stop()
  list.remove()
  vi.useRealTimers()
})

test('a mouse drags after a few pixels and drops at its position', () => {
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

test('dropping at the same place does nothing', () => {
  begin()
  point('pointerdown', row('b'), 50)
  point('pointermove', window, 110)
  point('pointermove', window, 55)
  point('pointerup', window, 55)
  expect(drop).not.toHaveBeenCalled()
})

test('touch needs a long press; moving immediately scrolls', () => {
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

test('Esc cancels', () => {
  begin()
  point('pointerdown', row('a'), 10)
  point('pointermove', window, 110)
  window.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape' }))
  point('pointerup', window, 110)
  expect(drop).not.toHaveBeenCalled()
})

test('buttons do not start a drag, and fixed items stay', () => {
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

test('dropping outside a list reverts', () => {
  const { target } = begin()
  point('pointerdown', row('a'), 10)
  point('pointermove', window, 110)
  expect(target.value).toEqual({ zone: 'list', after: 'c' })
  point('pointermove', window, 300)
  expect(target.value).toBeNull()
  point('pointerup', window, 300)
  expect(drop).not.toHaveBeenCalled()
})

test('dropping on an accepting target moves it there', () => {
  begin()
  point('pointerdown', row('a'), 10)
  point('pointermove', window, 80, 'mouse', 250)
  expect(dropOntoTarget.value).toBeNull()
  point('pointermove', window, 20, 'mouse', 250)
  expect(dropOntoTarget.value).toBe('project:p')
  point('pointerup', window, 20, 'mouse', 250)
  expect(dropOnto.mock.calls).toEqual([['a', 'project:p']])
  expect(drop).not.toHaveBeenCalled()
  expect(dropOntoTarget.value).toBeNull()
})
