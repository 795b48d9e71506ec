// Language: our texts and the document's `lang` change together. Each language loads when it is needed,
// and the texts of a feature with it.
import { createI18n } from 'vue-i18n'
import { setCollation, type Language } from '@/lib/collation'
import type shared from './locales/en.json'

export const LANGUAGES: readonly { code: Language; name: string }[] = [
  { code: 'en', name: 'English' },
  { code: 'zh-CN', name: '简体中文' },
]

type Messages = typeof shared

/** Where texts are, in each language: sections by name. A section is in one place only. */
export type Texts = Record<Language, () => Promise<{ default: object }>>

/** What is part of every language from now on, and when it is there in the language that is spoken. */
const added = new Map<Texts, Promise<void>>()
/** The language that is spoken, or is about to be. */
let wanted: Language | undefined

export const i18n = createI18n({
  legacy: false,
  locale: 'en' as Language,
  // Empty until setLanguage.
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

async function load(language: Language, all: Iterable<Texts>): Promise<void> {
  const parts = await Promise.all([...all].map((texts) => texts[language]()))
  const messages = parts.map((part) => part.default as Messages)
  i18n.global.setLocaleMessage(
    language,
    Object.assign({}, i18n.global.getLocaleMessage(language), ...messages),
  )
}

async function loadNow(texts: Texts): Promise<void> {
  if (wanted === undefined) return
  const languages = new Set([wanted, i18n.global.locale.value])
  await Promise.all([...languages].map((language) => load(language, [texts])))
}

/** Done when they are there in the language that is spoken; others follow as soon as they are chosen. */
export function addTexts(texts: Texts): Promise<void> {
  let adding = added.get(texts)
  if (!adding) {
    adding = loadNow(texts).catch((error: unknown) => {
      added.delete(texts)
      throw error
    })
    added.set(texts, adding)
  }
  return adding
}

/** Loads a part of the page together with the texts that only it needs. */
export function withTexts<T>(texts: Texts, loadPart: () => Promise<T>): () => Promise<T> {
  return async () => {
    const [part] = await Promise.all([loadPart(), addTexts(texts)])
    return part
  }
}

export async function setLanguage(language: Language): Promise<void> {
  wanted = language
  await load(language, added.keys())
  // Another language was chosen meanwhile.
  if (wanted !== language) return
  i18n.global.locale.value = language
  document.documentElement.lang = language
  setCollation(language)
}
