// Language and appearance as entries of a menu.
import { Monitor, Moon, Sunny } from '@element-plus/icons-vue'
import { computed } from 'vue'
import { useI18n } from 'vue-i18n'
import { isLanguage, LANGUAGES } from '@/i18n'
import type { MenuItem } from '@/ui/MenuButton.vue'
import { useLanguageChoice } from './useLanguageChoice'
import { THEMES, usePreferences } from './usePreferences'

export const THEME_ICONS = { light: Sunny, dark: Moon, system: Monitor }

export function usePreferenceMenus() {
  const { t, locale } = useI18n()
  const chooseLanguage = useLanguageChoice()
  const { preferences, setTheme } = usePreferences()

  const languages = computed<MenuItem[]>(() =>
    LANGUAGES.map(({ code, name }) => ({ key: code, label: name, checked: code === locale.value })),
  )
  const themes = computed<MenuItem[]>(() =>
    THEMES.map((theme) => ({
      key: theme,
      label: t(`theme.${theme}`),
      icon: THEME_ICONS[theme],
      checked: theme === preferences.theme,
    })),
  )

  function choose(key: string): void {
    const theme = THEMES.find((known) => known === key)
    if (theme) setTheme(theme)
    else if (isLanguage(key)) void chooseLanguage(key)
  }

  return { languages, themes, choose }
}
