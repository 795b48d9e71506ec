// Language: our messages, Element Plus's own and the document's `lang` change together. Each locale loads when it is needed.
import type { Language as ElementLanguage } from 'element-plus/es/locale'
import { shallowRef } from 'vue'
import { createI18n } from 'vue-i18n'
import { setCollation, type Language } from '@/lib/collation'
import type messages from './locales/en.json'

type Messages = typeof messages

export const LANGUAGES: readonly { code: Language; name: string }[] = [
  { code: 'en', name: 'English' },
  { code: 'zh-CN', name: '简体中文' },
]

interface Locale {
  messages: Messages
  element: ElementLanguage
}

const loaders: Record<Language, () => Promise<Locale>> = {
  en: async () => {
    const [own, element] = await Promise.all([
      import('./locales/en.json'),
      import('element-plus/es/locale/lang/en'),
    ])
    return { messages: own.default, element: element.default }
  },
  'zh-CN': async () => {
    const [own, element] = await Promise.all([
      import('./locales/zh-CN.json'),
      import('element-plus/es/locale/lang/zh-cn'),
    ])
    return { messages: own.default, element: element.default }
  },
}

export const i18n = createI18n({
  legacy: false,
  locale: 'en' as Language,
  // Empty until setLanguage; the type says what will be there.
  messages: {} as Record<Language, Messages>,
})

// Letters that run from right to left, by the blocks that Unicode's DerivedBidiClass.txt gives them by default.
const FROM_RIGHT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefe\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u

/** What people wrote, set apart (FSI … PDI, Unicode UAX #9) where the sentence around it would change its place. */
function setApart(value: unknown): unknown {
  if (typeof value === 'string') return FROM_RIGHT.test(value) ? `\u2068${value}\u2069` : value
  if (Array.isArray(value)) return value.map(setApart)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, setApart(one)]))
}

// One place for all sentences; every component's `t` is this one.
const translate = i18n.global.t
i18n.global.t = ((...given: Parameters<typeof translate>) => {
  const [key, ...values] = given
  return translate(key, ...(values.map(setApart) as []))
}) as typeof translate

/** Element Plus's texts of the current language, for its config provider. */
export const elementLocale = shallowRef<ElementLanguage>()

export function isLanguage(value: unknown): value is Language {
  return LANGUAGES.some(({ code }) => code === value)
}

/** The first of the browser's languages that we speak. Any Chinese gets ours: better than English. */
export function detectLanguage(preferred: readonly string[]): Language {
  for (const tag of preferred) {
    if (/^zh\b/i.test(tag)) return 'zh-CN'
    if (/^en\b/i.test(tag)) return 'en'
  }
  return 'en'
}

export async function setLanguage(language: Language): Promise<void> {
  const locale = await loaders[language]()
  i18n.global.setLocaleMessage(language, locale.messages)
  i18n.global.locale.value = language
  elementLocale.value = locale.element
  document.documentElement.lang = language
  setCollation(language)
}
