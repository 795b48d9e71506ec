import { effectScope, nextTick, shallowRef } from 'vue'
import { afterEach, expect, test, vi } from 'vitest'
import { useReorder } from './useReorder'

const HEIGHT = 40
let stop = (): void => undefined

function setUp() {
  const list = document.createElement('ul')
  const ids = shallowRef<readonly string[]>(['a', 'b', 'c'])
  for (const id of ids.value) {
    list.insertAdjacentHTML('beforeend', `<li data-row="${id}"><button data-handle>${id}</button></li>`)
  }
  for (const [index, row] of [...list.children].entries()) {
    row.getBoundingClientRect = () => new DOMRect(0, index * HEIGHT, 100, HEIGHT)
  }
  document.body.replaceChildren(list)
  const move = vi.fn()
  const scope = effectScope()
  const reorder = scope.run(() => useReorder({ ids, container: shallowRef(list), move }))
  if (!reorder) throw new Error('no scope')
  stop = () => scope.stop()
  return { reorder, move }
}

function pointer(type: string, clientY: number): void {
  window.dispatchEvent(new PointerEvent(type, { clientY }))
}

afterEach(() => stop())

test('a dragged row shows where it would come, and moves there', () => {
  const { reorder, move } = setUp()
  reorder.start('a', new PointerEvent('pointerdown', { button: 0 }))
  pointer('pointermove', 2 * HEIGHT - 10)
  expect(reorder.order.value).toEqual(['b', 'a', 'c'])
  expect(move).not.toHaveBeenCalled()
  pointer('pointerup', 2 * HEIGHT - 10)
  expect(move).toHaveBeenCalledExactlyOnceWith('a', 'b')
  expect(reorder.dragging.value).toBeNull()
})

test('Esc and a drop at the old place move nothing', () => {
  const { reorder, move } = setUp()
  reorder.start('a', new PointerEvent('pointerdown', { button: 0 }))
  pointer('pointermove', 500)
  window.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape' }))
  pointer('pointerup', 500)
  expect(reorder.order.value).toEqual(['a', 'b', 'c'])
  reorder.start('a', new PointerEvent('pointerdown', { button: 0 }))
  pointer('pointerup', 0)
  expect(move).not.toHaveBeenCalled()
})

test('the arrow keys move by one place and keep the focus', async () => {
  const { reorder, move } = setUp()
  await reorder.step('b', -1)
  expect(move).toHaveBeenLastCalledWith('b', null)
  await reorder.step('b', 1)
  expect(move).toHaveBeenLastCalledWith('b', 'c')
  await nextTick()
  expect(document.activeElement?.textContent).toBe('b')
  move.mockClear()
  await reorder.step('a', -1)
  expect(move).not.toHaveBeenCalled()
})
