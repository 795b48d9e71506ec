// What a webhook is and does, in words.
import { useI18n } from 'vue-i18n'
import type { Webhook } from '@/api/types'
import { isWebhookEvent, TEST_EVENT } from './model/webhookEvents'

const NAMED = 3

export function useWebhookText() {
  const { t, locale } = useI18n()

  function eventText(event: string): string {
    // A newer server may know events that this page has no words for.
    return isWebhookEvent(event) || event === TEST_EVENT ? t(`webhooks.events.${event}`) : event
  }

  function eventsText({ events }: Pick<Webhook, 'events'>): string {
    if (events.length === 0) return t('webhooks.allEvents')
    if (events.length > NAMED) return t('webhooks.someEvents', events.length)
    return new Intl.ListFormat(locale.value, { type: 'unit' }).format(events.map(eventText))
  }

  function stateText({ is_active, disabled_reason }: Webhook): string {
    if (is_active) return t('webhooks.states.active')
    return disabled_reason ? t('webhooks.states.disabled') : t('webhooks.states.off')
  }

  return { eventText, eventsText, stateText }
}
