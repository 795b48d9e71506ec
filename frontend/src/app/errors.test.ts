import { flushPromises, mount } from '@vue/test-utils'
import { beforeEach, expect, test, vi } from 'vitest'
import { defineComponent, h, nextTick, onMounted, ref } from 'vue'
import { breaksPage, brokenBy, clearBroken, installErrorHandler } from './errors'

beforeEach(clearBroken)
// Vue says what it hands on.
beforeEach(() => void vi.spyOn(console, 'warn').mockImplementation(() => undefined))

function mountBroken(broken: ReturnType<typeof defineComponent>, say = vi.fn()) {
  const wrapper = mount(broken, {
    global: { plugins: [{ install: (app) => installErrorHandler(app, say) }] },
  })
  return { wrapper, say }
}

test('a rendering error shows the error page', async () => {
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

test('an error in an action shows a message and keeps the page', async () => {
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

test('Vue’s error source is recognised by its number, too', () => {
  const at = (code: string | number) => `https://vuejs.org/error-reference/#runtime-${code}`
  expect([0, 1, 14, 15].map((code) => breaksPage(at(code)))).toEqual([true, true, true, true])
  expect([2, 3, 5, 6, 12, 'm'].some((code) => breaksPage(at(code)))).toBe(false)
})
