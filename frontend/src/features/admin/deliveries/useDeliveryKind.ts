// The subject of a delivery in words: a notification, a mail about the account, or an event for a webhook.
import { computed } from 'vue'
import { useI18n } from 'vue-i18n'
import type { AdminDelivery } from '@/api/types'
import { MAIL_KINDS, NOTIFICATION_KINDS, useKindText } from '@/features/notifications'
import { useWebhookText } from '@/features/webhooks'

export function useDeliveryKind() {
  const { locale } = useI18n()
  const kindText = useKindText()
  const { eventText } = useWebhookText()

  function textOf({ channel, kind }: Pick<AdminDelivery, 'channel' | 'kind'>): string {
    return channel === 'webhook' ? eventText(kind) : kindText(kind)
  }

  /** All kinds of mails, to choose from. */
  const mailKinds = computed(() =>
    [...NOTIFICATION_KINDS, ...MAIL_KINDS]
      .map((kind) => ({ value: kind as string, label: kindText(kind) }))
      .sort((a, b) => a.label.localeCompare(b.label, locale.value)),
  )

  return { textOf, mailKinds }
}
