import { afterEach, expect, test, vi } from 'vitest'
import { mountWith } from '@/testing/mountWith'
import MenuButton from './MenuButton.vue'

const items = [
  { key: 'a', label: 'First' },
  { key: 'b', label: 'Second', disabled: true },
  { key: 'c', label: 'Third' },
]
let unmount: () => void = () => undefined

async function open(props: object = {}) {
  const { wrapper } = await mountWith(MenuButton, { props: { items, label: 'Actions', ...props } })
  unmount = () => wrapper.unmount()
  await wrapper.get('button').trigger('click')
  return wrapper
}

afterEach(() => unmount())

test('opens with the focus on the first entry and skips disabled ones', async () => {
  const wrapper = await open()
  expect(document.activeElement?.textContent).toBe('First')
  await wrapper.get('[role=menu]').trigger('keydown', { key: 'ArrowDown' })
  expect(document.activeElement?.textContent).toBe('Third')
  await wrapper.get('[role=menu]').trigger('keydown', { key: 'ArrowDown' })
  expect(document.activeElement?.textContent).toBe('First')
})

test('Esc closes it and returns the focus', async () => {
  const wrapper = await open()
  await wrapper.get('[role=menu]').trigger('keydown', { key: 'Escape' })
  expect(wrapper.find('[role=menu]').exists()).toBe(false)
  expect(document.activeElement).toBe(wrapper.get('button').element)
})

test('a choice closes it, unless several can be chosen', async () => {
  const wrapper = await open()
  await wrapper.findAll('[role=menuitem]')[2]?.trigger('click')
  expect(wrapper.emitted('select')).toEqual([['c']])
  expect(wrapper.find('[role=menu]').exists()).toBe(false)
  await wrapper.setProps({ multiple: true })
  await wrapper.get('button').trigger('click')
  await wrapper.findAll('[role=menuitem]')[0]?.trigger('click')
  expect(wrapper.find('[role=menu]').exists()).toBe(true)
})

test('a closed menu has no listeners and renders no entries', async () => {
  const onWindow = vi.spyOn(window, 'addEventListener')
  const onDocument = vi.spyOn(document, 'addEventListener')
  const entries = vi.fn(() => items)
  const { wrapper } = await mountWith(MenuButton, { props: { items: entries, label: 'Actions' } })
  unmount = () => wrapper.unmount()
  expect(onWindow).not.toHaveBeenCalled()
  expect(onDocument).not.toHaveBeenCalled()
  expect(entries).not.toHaveBeenCalled()
  await wrapper.get('button').trigger('click')
  expect(wrapper.findAll('[role=menuitem]')).toHaveLength(3)
  expect(onDocument).toHaveBeenCalled()
})
