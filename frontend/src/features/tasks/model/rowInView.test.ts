// @vitest-environment happy-dom
import { afterEach, expect, test } from 'vitest'
import { isRowInView } from './rowInView'

function row(id: string): HTMLElement {
  const element = document.createElement('li')
  element.dataset.rowId = id
  document.body.append(element)
  return element
}

afterEach(() => {
  document.body.innerHTML = ''
})

test('detects rows that are missing, covered or visible', () => {
  expect(isRowInView('a')).toBe(false)
  const element = row('a')
  document.elementFromPoint = () => document.body
  expect(isRowInView('a')).toBe(false)
  document.elementFromPoint = () => element
  expect(isRowInView('a')).toBe(true)
})
