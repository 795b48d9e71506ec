import { flushPromises } from '@vue/test-utils'
import { afterEach, expect, test, vi } from 'vitest'
import { mountWith } from '@/testing/mountWith'
import CopyField from './CopyField.vue'

let unmount: () => void = () => undefined

async function open(writeText?: (text: string) => Promise<void>) {
  const clipboard = writeText && { writeText }
  vi.spyOn(navigator, 'clipboard', 'get').mockReturnValue(clipboard as Clipboard)
  const { wrapper } = await mountWith(CopyField, { props: { label: 'Secret', text: 'whsec_abc' } })
  unmount = () => wrapper.unmount()
  await wrapper.get('button').trigger('click')
  await flushPromises()
  return wrapper
}

afterEach(() => {
  unmount()
  vi.restoreAllMocks()
})

test('copies and announces it', async () => {
  const writeText = vi.fn(() => Promise.resolve())
  const wrapper = await open(writeText)
  expect(writeText).toHaveBeenCalledWith('whsec_abc')
  expect(wrapper.get('[role=status]').text()).toBe('Copied to the clipboard.')
})

test('selects the text when copying is not allowed', async () => {
  const wrapper = await open()
  const input = wrapper.get('input').element
  expect(wrapper.get('[role=status]').text()).toContain('copy it manually')
  expect(document.activeElement).toBe(input)
  expect(input.value.slice(input.selectionStart ?? 0, input.selectionEnd ?? 0)).toBe('whsec_abc')
})
