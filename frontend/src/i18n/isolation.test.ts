// @vitest-environment happy-dom
import { mount } from '@vue/test-utils'
import { beforeAll, expect, test } from 'vitest'
import { defineComponent, h } from 'vue'
import { useI18n } from 'vue-i18n'
import { i18n, setLanguage } from '.'

beforeAll(() => setLanguage('en'))

/** As a component sees it. */
function shown(values: Record<string, unknown>): string {
  const component = defineComponent(() => {
    const { t } = useI18n()
    return () => h('p', t('blockedPeople.unblockOf', values))
  })
  return mount(component, { global: { plugins: [i18n] } }).text()
}

test('a right-to-left name is isolated from the sentence', () => {
  expect(shown({ name: 'דנה' })).toContain('\u2068דנה\u2069')
  expect(shown({ name: 'دانا ٣' })).toContain('\u2068دانا ٣\u2069')
})

test('other values are unchanged', () => {
  expect(shown({ name: '张三' })).not.toMatch(/[\u2068\u2069]/)
})

test('numbers stay numbers for plural forms', () => {
  expect(i18n.global.t('accounts.sessionsEnded', { count: 3 }, 3)).toBe('Signed out on 3 devices')
})
