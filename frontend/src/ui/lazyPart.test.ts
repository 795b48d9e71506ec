import { flushPromises, mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, test, vi } from 'vitest'
import { defineComponent, h, nextTick, onMounted, ref, type Component } from 'vue'
import PartMissing from './PartMissing.vue'
import * as newRelease from '@/lib/newRelease'
import { useAuthStore } from '@/features/session/store/auth'
import { mountWith } from '@/testing/mountWith'
import { aUser } from '@/testing/builders'
import { isPartMissing, lazyPart, loadPart, setPartMissing } from './lazyPart'
import { breaksPage, brokenBy, clearBroken, installErrorHandler } from '@/app/errors'
import * as unsent from '@/lib/useUnsent'

vi.mock('@/lib/newRelease', async (original) => ({ ...(await original<object>()), openAnew: vi.fn() }))
vi.mock('@/lib/useUnsent', async (original) => ({ ...(await original<object>()), hasUnsent: vi.fn() }))

// The first mount loads much, on a machine that may be busy.
vi.setConfig({ testTimeout: 20_000 })

const gone = new TypeError('Failed to fetch dynamically imported module: /assets/TaskPanel-1.js')
const openAnew = vi.mocked(newRelease.openAnew)
const hasUnsent = vi.mocked(unsent.hasUnsent)

beforeEach(() => {
  setActivePinia(createPinia())
  openAnew.mockReset().mockResolvedValue(true)
  hasUnsent.mockReset().mockReturnValue(false)
  setPartMissing(false)
  clearBroken()
})
// Vue says what it hands on.
beforeEach(() => void vi.spyOn(console, 'warn').mockImplementation(() => undefined))

const mountPart = (part: Component) => mount(defineComponent({ render: () => h('div', [h(part)]) }))

test('a part that is there is drawn', async () => {
  const Part = lazyPart(() => Promise.resolve({ render: () => h('p', 'here') }))
  const wrapper = mountPart(Part)
  await flushPromises()
  expect(wrapper.text()).toBe('here')
})

test('a part that is gone has the page loaded again, where the person is', async () => {
  mountPart(lazyPart(() => Promise.reject(gone)))
  await flushPromises()
  expect(openAnew).toHaveBeenCalledExactlyOnceWith(gone, { fullPath: expect.stringMatching(/^\//) })
  expect(isPartMissing.value).toBe(false)
})

test('with a text at stake the page is not loaded again by itself: it says so, with a button', async () => {
  useAuthStore().user = aUser()
  hasUnsent.mockReturnValue(true)
  const { wrapper } = await mountWith(PartMissing)
  mountPart(lazyPart(() => Promise.reject(gone)))
  await flushPromises()
  expect(openAnew).not.toHaveBeenCalled()
  expect(wrapper.get('[role=alert]').text()).toContain('could not be loaded')
  await wrapper.get('[aria-label=Close]').trigger('click')
  expect(wrapper.find('[role=alert]').exists()).toBe(false)
  wrapper.unmount()
})

test('what does not help twice is said, and something stands in the place of the part', async () => {
  openAnew.mockResolvedValue(false)
  const wrapper = mountPart(lazyPart(() => Promise.reject(gone), { render: () => h('p', 'instead') }))
  await flushPromises()
  expect(isPartMissing.value).toBe(true)
  expect(wrapper.text()).toBe('instead')
})

test('what is no component rejects when nothing helps, and waits for the new page otherwise', async () => {
  openAnew.mockResolvedValue(false)
  await expect(loadPart(() => Promise.reject(gone))).rejects.toBe(gone)
  openAnew.mockResolvedValue(true)
  const settled = vi.fn()
  loadPart(() => Promise.reject(gone)).then(settled, settled)
  await flushPromises()
  expect(settled).not.toHaveBeenCalled()
})

function mountBroken(broken: ReturnType<typeof defineComponent>, say = vi.fn()) {
  const wrapper = mount(broken, {
    global: { plugins: [{ install: (app) => installErrorHandler(app, say) }] },
  })
  return { wrapper, say }
}

test('an error while the page is drawn puts the view of errors in its place', async () => {
  const log = vi.spyOn(console, 'error').mockImplementation(() => undefined)
  const broken = ref(false)
  const error = new Error('of the drawing')
  const { say } = mountBroken(
    defineComponent(() => () => {
      if (broken.value) throw error
      return h('p')
    }),
  )
  expect(brokenBy.value).toBeNull()
  broken.value = true
  await nextTick()
  expect(brokenBy.value).toBe(error)
  expect(say).not.toHaveBeenCalled()
  expect(log).toHaveBeenCalledWith(error)
})

test('an error of an action is said, and the page stays', async () => {
  vi.spyOn(console, 'error').mockImplementation(() => undefined)
  const { wrapper, say } = mountBroken(
    defineComponent(() => {
      onMounted(() => undefined)
      return () => h('button', { onClick: () => Promise.reject(new Error('of the action')) })
    }),
  )
  await wrapper.get('button').trigger('click')
  await flushPromises()
  expect(say).toHaveBeenCalledTimes(1)
  expect(brokenBy.value).toBeNull()
})

test('where Vue was is known by its number, too', () => {
  const at = (code: string | number) => `https://vuejs.org/error-reference/#runtime-${code}`
  expect([0, 1, 14, 15].map((code) => breaksPage(at(code)))).toEqual([true, true, true, true])
  expect([2, 3, 5, 6, 12, 'm'].some((code) => breaksPage(at(code)))).toBe(false)
})
