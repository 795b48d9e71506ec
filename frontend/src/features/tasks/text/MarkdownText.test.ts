import { expect, test, vi } from 'vitest'
import { mountWith } from '@/testing/mountWith'
import MarkdownText from './MarkdownText.vue'

/** The renderer is loaded when it is needed. */
const SLOW = { timeout: 20_000 }

test('text nested too deeply is shown as plain text with a note', async () => {
  const { wrapper } = await mountWith(MarkdownText, { props: { text: '>'.repeat(500) } })
  await vi.waitFor(() => expect(wrapper.text()).toContain('too deep'), SLOW)
  expect(wrapper.get('.plain').text()).toBe('>'.repeat(500))
  await wrapper.setProps({ text: '**fine**' })
  await vi.waitFor(() => expect(wrapper.get('strong').text()).toBe('fine'), SLOW)
  expect(wrapper.text()).not.toContain('too deep')
}, 30_000)
