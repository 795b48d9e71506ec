import { api } from '@/api/call'
import type { NotificationPreferences, NotificationPreferencesPatch, Subscription } from '@/api/types'

export async function getPreferences(): Promise<NotificationPreferences> {
  return api.get('/notification-preferences')
}

export async function updatePreferences(
  patch: NotificationPreferencesPatch,
): Promise<NotificationPreferences> {
  return api.patch('/notification-preferences', { body: patch })
}

/** The contents of a mail link; needs no sign-in. */
export async function getSubscription(token: string): Promise<Subscription> {
  return api.get('/unsubscribe', { query: { token } })
}

export async function unsubscribe(token: string): Promise<void> {
  await api.post('/unsubscribe', { query: { token } })
}
