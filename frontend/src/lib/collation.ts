// The order of titles and names in the reader's language, as the server has it (the collations reader_en and reader_zh).

const LOCALES = { en: 'en-u-kn-true', 'zh-CN': 'zh-u-co-pinyin-kn-true' }

/** Those that the page speaks. */
export type Language = keyof typeof LOCALES

let collator = new Intl.Collator(LOCALES.en)

export function setCollation(language: Language): void {
  collator = new Intl.Collator(LOCALES[language])
}

/** Never 0 for texts that differ. */
export function compareText(a: string, b: string): number {
  return collator.compare(a, b) || (a < b ? -1 : a > b ? 1 : 0)
}
