// The webhooks of a project.
export { useWebhookText } from './useWebhookText'

export const webhookPages = {
  webhook: () => import('./Webhook.vue'),
  webhooks: () => import('./Webhooks.vue'),
}
