import { nextTick } from 'vue'
import { expect, test } from 'vitest'
import { usePreferences } from './usePreferences'

const KEY = 'todo.preferences'
const stored = (): unknown => JSON.parse(localStorage.getItem(KEY) ?? 'null')

test('a choice here leaves what another tab has chosen, and that holds here too', async () => {
  const { preferences, setTheme, isDark } = usePreferences()
  setTheme('light')
  localStorage.setItem(KEY, JSON.stringify({ theme: 'light', language: 'zh-CN' }))
  setTheme('dark')
  expect(stored()).toEqual({ theme: 'dark', language: 'zh-CN' })

  localStorage.setItem(KEY, JSON.stringify({ theme: 'light', language: 'zh-CN' }))
  window.dispatchEvent(new StorageEvent('storage', { key: KEY }))
  await nextTick()
  expect(preferences.theme).toBe('light')
  expect(isDark.value).toBe(false)
  expect(document.documentElement.classList.contains('dark')).toBe(false)
})
