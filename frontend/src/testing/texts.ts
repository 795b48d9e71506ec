// All texts of the page, whichever feature they come with.
import type { Texts } from '@/i18n'

const files = import.meta.glob<{ default: object }>('../**/locales/*.json')

async function every(language: string): Promise<{ default: object }> {
  const own = Object.entries(files).filter(([path]) => path.endsWith(`/${language}.json`))
  const parts = await Promise.all(own.map(([, load]) => load()))
  return { default: Object.assign({}, ...parts.map((part) => part.default)) as object }
}

export const allTexts: Texts = { en: () => every('en'), 'zh-CN': () => every('zh-CN') }
