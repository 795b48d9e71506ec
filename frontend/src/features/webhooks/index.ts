// The webhooks of a project.
import { withTexts, type Texts } from '@/i18n'

export { useWebhookText } from './useWebhookText'

export const webhookTexts: Texts = {
  en: () => import('./locales/en.json'),
  'zh-CN': () => import('./locales/zh-CN.json'),
}

export const webhookPages = {
  webhook: withTexts(webhookTexts, () => import('./Webhook.vue')),
  webhooks: withTexts(webhookTexts, () => import('./Webhooks.vue')),
}
