// What a person chose for this browser, in one typed place with its defaults. Shared by all who call it.
import { computed, reactive, readonly, watch } from 'vue'
import { usePreferredDark } from '@vueuse/core'
import type { Language } from '@/api/types'
import { detectLanguage, i18n, isLanguage, setLanguage } from '@/i18n'
import { readStored, writeStored } from '@/lib/storage'

export const THEMES = ['light', 'dark', 'system'] as const
export type Theme = (typeof THEMES)[number]

export interface Preferences {
  theme: Theme
  /** `null` until chosen: as the profile says, or else the browser. */
  language: Language | null
  /** Whether this browser may show notifications of the operating system. */
  desktop: boolean
}

// public/theme.js reads the same key before the first paint.
const KEY = 'todo.preferences'

function readPreferences(): Preferences {
  const stored = (readStored(KEY) ?? {}) as Partial<Record<keyof Preferences, unknown>>
  return {
    theme: THEMES.find((theme) => theme === stored.theme) ?? 'system',
    language: isLanguage(stored.language) ? stored.language : null,
    desktop: stored.desktop === true,
  }
}

const preferences = reactive(readPreferences())
const systemIsDark = usePreferredDark()

const isDark = computed(
  () => preferences.theme === 'dark' || (preferences.theme === 'system' && systemIsDark.value),
)

watch(isDark, (dark) => document.documentElement.classList.toggle('dark', dark), { immediate: true })

function setTheme(theme: Theme): void {
  preferences.theme = theme
  writeStored(KEY, preferences)
}

function setDesktop(desktop: boolean): void {
  preferences.desktop = desktop
  writeStored(KEY, preferences)
}

async function chooseLanguage(language: Language): Promise<void> {
  await setLanguage(language)
  preferences.language = language
  writeStored(KEY, preferences)
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
    setDesktop,
    chooseLanguage,
    applyLanguage,
  }
}
