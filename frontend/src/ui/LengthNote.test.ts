import { afterEach, expect, test } from 'vitest'
import { mount } from '@vue/test-utils'
import { i18n, setLanguage } from '@/i18n'
import LengthNote from './LengthNote.vue'

const noteOf = (text: string, limit: number) =>
  mount(LengthNote, { props: { text, limit }, global: { plugins: [i18n] } }).text()

afterEach(() => setLanguage('en'))

test('is silent with room left, counts near the limit, and shows the excess', async () => {
  await setLanguage('en')
  expect(noteOf('a'.repeat(450), 500)).toBe('')
  expect(noteOf('a'.repeat(451), 500)).toContain('451 / 500')
  expect(noteOf('a'.repeat(20_001), 20_000)).toContain('One character too many')
  expect(noteOf('a'.repeat(21_234), 20_000)).toContain('1,234 characters too many')
  await setLanguage('zh-CN')
  expect(noteOf('长'.repeat(503), 500)).toBe('超出 3 个字符：最多 500 个字符。内容不会被截断。')
})

test('an emoji counts as one character, like on the server', async () => {
  await setLanguage('en')
  expect(noteOf('😀'.repeat(450), 500)).toBe('')
})
