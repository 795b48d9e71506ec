import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { nextTick } from 'vue'
import { mountWith } from '@/testing/mountWith'
import ToastStack from './ToastStack.vue'
import { clearToasts, showToast } from './useToasts'

const texts = (): (string | undefined)[] =>
  [...document.querySelectorAll('.toast .text')].map(({ textContent }) => textContent?.trim())
let unmount: () => void

beforeEach(async () => {
  const { wrapper } = await mountWith(ToastStack)
  unmount = () => wrapper.unmount()
  vi.useFakeTimers()
})

afterEach(() => {
  clearToasts()
  unmount()
  document.body.innerHTML = ''
  vi.useRealTimers()
})

test('a repeated message is shown once and its time restarts', async () => {
  showToast({ type: 'error', text: 'No connection.' })
  vi.advanceTimersByTime(6_000)
  showToast({ type: 'error', text: 'No connection.' })
  await nextTick()
  expect(texts()).toEqual(['No connection.'])
  vi.advanceTimersByTime(6_000)
  await nextTick()
  expect(texts()).toEqual(['No connection.'])
  vi.advanceTimersByTime(3_000)
  await nextTick()
  expect(texts()).toEqual([])
})

test('at most three at a time', async () => {
  for (const text of ['a', 'b', 'c', 'd']) showToast({ type: 'success', text })
  await nextTick()
  expect(texts()).toEqual(['b', 'c', 'd'])
})

test('messages stay while the pointer is over them', async () => {
  showToast({ type: 'success', text: 'Saved' })
  await nextTick()
  const stack = document.querySelector('.toast-stack')
  stack?.dispatchEvent(new MouseEvent('mouseenter'))
  vi.advanceTimersByTime(60_000)
  await nextTick()
  expect(texts()).toEqual(['Saved'])
  stack?.dispatchEvent(new MouseEvent('mouseleave'))
  vi.advanceTimersByTime(6_000)
  await nextTick()
  expect(texts()).toEqual([])
})

test('a button acts once and removes its message', async () => {
  const run = vi.fn()
  showToast({ type: 'success', text: 'Done: Cook', actions: [{ label: 'Undo', run }] })
  await nextTick()
  document.querySelector<HTMLElement>('.toast .action')?.click()
  await nextTick()
  expect(run).toHaveBeenCalledOnce()
  expect(texts()).toEqual([])
})
