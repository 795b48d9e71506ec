// What only an administrator sees, and how the first one becomes it.
import { webhookTexts } from '@/features/webhooks'
import { withTexts, type Texts } from '@/i18n'

export { default as FirstAdministrator } from './FirstAdministrator.vue'

const texts: Texts = {
  en: () => import('./locales/en.json'),
  'zh-CN': () => import('./locales/zh-CN.json'),
}

export const adminPages = {
  frame: withTexts(texts, () => import('./Admin.vue')),
  accounts: withTexts(texts, () => import('./accounts/Accounts.vue')),
  announcements: withTexts(texts, () => import('./announcements/Announcements.vue')),
  // A delivery names the event that is sent to a webhook.
  deliveries: withTexts(
    texts,
    withTexts(webhookTexts, () => import('./deliveries/AdminDeliveries.vue')),
  ),
  systemCheck: withTexts(texts, () => import('./system-check/SystemCheck.vue')),
}
