import type { Texts } from '@/i18n'

/** Those of the features that are entered rarely, and only by their own pages, come with these (`withTexts`). */
export const texts: Texts = {
  en: () => import('./locales/en'),
  'zh-CN': () => import('./locales/zh-CN'),
}
