import { flushPromises, mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, test, vi } from 'vitest'
import { defineComponent, h, type Component } from 'vue'
import * as newRelease from '@/lib/newRelease'
import { mountWith } from '@/testing/mountWith'
import { isPartMissing, lazyPart, loadPart, setPartMissing, setTextAtStake } from './lazyPart'
import PartMissing from './PartMissing.vue'

vi.mock('@/lib/newRelease', async (original) => ({ ...(await original<object>()), openAnew: vi.fn() }))

// The first mount loads much, on a machine that may be busy.
vi.setConfig({ testTimeout: 20_000 })

const gone = new TypeError('Failed to fetch dynamically imported module: /assets/TaskPanel-1.js')
const openAnew = vi.mocked(newRelease.openAnew)

beforeEach(() => {
  setActivePinia(createPinia())
  openAnew.mockReset().mockResolvedValue(true)
  setTextAtStake(() => false)
  setPartMissing(false)
})
// Vue says what it hands on.
beforeEach(() => void vi.spyOn(console, 'warn').mockImplementation(() => undefined))

const mountPart = (part: Component) => mount(defineComponent({ render: () => h('div', [h(part)]) }))

test('an available part is rendered', async () => {
  const Part = lazyPart(() => Promise.resolve({ render: () => h('p', 'here') }))
  const wrapper = mountPart(Part)
  await flushPromises()
  expect(wrapper.text()).toBe('here')
})

test('a missing part reloads the page at its place', async () => {
  mountPart(lazyPart(() => Promise.reject(gone)))
  await flushPromises()
  expect(openAnew).toHaveBeenCalledExactlyOnceWith(gone, { fullPath: expect.stringMatching(/^\//) })
  expect(isPartMissing.value).toBe(false)
})

test('unsent text prevents the reload and offers a button', async () => {
  setTextAtStake(() => true)
  const { wrapper } = await mountWith(PartMissing)
  mountPart(lazyPart(() => Promise.reject(gone)))
  await flushPromises()
  expect(openAnew).not.toHaveBeenCalled()
  expect(wrapper.get('[role=alert]').text()).toContain('could not be loaded')
  await wrapper.get('[aria-label=Close]').trigger('click')
  expect(wrapper.find('[role=alert]').exists()).toBe(false)
  wrapper.unmount()
})

test('a second failure is reported with a placeholder', async () => {
  openAnew.mockResolvedValue(false)
  const wrapper = mountPart(lazyPart(() => Promise.reject(gone), { render: () => h('p', 'instead') }))
  await flushPromises()
  expect(isPartMissing.value).toBe(true)
  expect(wrapper.text()).toBe('instead')
})

test('a non-component part rejects on failure and otherwise waits for the reload', async () => {
  openAnew.mockResolvedValue(false)
  await expect(loadPart(() => Promise.reject(gone))).rejects.toBe(gone)
  openAnew.mockResolvedValue(true)
  const settled = vi.fn()
  loadPart(() => Promise.reject(gone)).then(settled, settled)
  await flushPromises()
  expect(settled).not.toHaveBeenCalled()
})
