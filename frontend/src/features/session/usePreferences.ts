// Preferences of this browser, independent of the user, typed and with defaults in one place. Shared by all callers.
import { computed, reactive, readonly, watch } from 'vue'
import { useEventListener, usePreferredDark } from '@vueuse/core'
import type { Language } from '@/api/types'
import { detectLanguage, i18n, isLanguage, setLanguage } from '@/i18n'
import { deviceShelf } from '@/lib/storage'
import { loadPart } from '@/ui/lazyPart'

export const THEMES = ['light', 'dark', 'system'] as const
export type Theme = (typeof THEMES)[number]

export interface Preferences {
  theme: Theme
  /** `null` until chosen: as the profile says, or else the browser. */
  language: Language | null
}

// public/theme.js reads it, as `todo.preferences`, before the first paint.
const KEY = 'preferences'

function readPreferences(): Preferences {
  const stored = (deviceShelf.read(KEY) ?? {}) as Partial<Record<keyof Preferences, unknown>>
  return {
    theme: THEMES.find((theme) => theme === stored.theme) ?? 'system',
    language: isLanguage(stored.language) ? stored.language : null,
  }
}

const preferences = reactive(readPreferences())
const systemIsDark = usePreferredDark()

const isDark = computed(
  () => preferences.theme === 'dark' || (preferences.theme === 'system' && systemIsDark.value),
)

watch(isDark, (dark) => document.documentElement.classList.toggle('dark', dark), { immediate: true })

/** Saves one preference without overwriting those of another tab. */
function keep(choice: Partial<Preferences>): void {
  Object.assign(preferences, readPreferences(), choice)
  deviceShelf.write(KEY, preferences)
}

// What is chosen in another tab holds in this one.
useEventListener(window, 'storage', ({ key }) => {
  if (key !== `todo.${KEY}` && key !== null) return
  Object.assign(preferences, readPreferences())
  if (preferences.language !== null) setLanguage(preferences.language).catch(() => undefined)
})

function setTheme(theme: Theme): void {
  keep({ theme })
}

async function chooseLanguage(language: Language): Promise<void> {
  await loadPart(() => setLanguage(language))
  keep({ language })
}

const language = computed(() => i18n.global.locale.value)

/** Speaks the chosen language; without a choice the profile's, and for a guest the browser's. */
async function applyLanguage(profile?: Language): Promise<void> {
  const wanted = preferences.language ?? profile ?? detectLanguage(navigator.languages)
  if (wanted !== language.value || !i18n.global.availableLocales.includes(wanted)) await setLanguage(wanted)
}

export function usePreferences() {
  return {
    preferences: readonly(preferences),
    isDark,
    language,
    setTheme,
    chooseLanguage,
    applyLanguage,
  }
}
