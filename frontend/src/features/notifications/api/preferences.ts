import { http } from '@/api/client'
import type { NotificationPreferences, NotificationPreferencesPatch, Subscription } from '@/api/types'

export async function getPreferences(): Promise<NotificationPreferences> {
  return (await http.get<NotificationPreferences>('/notification-preferences')).data
}

export async function updatePreferences(
  patch: NotificationPreferencesPatch,
): Promise<NotificationPreferences> {
  return (await http.patch<NotificationPreferences>('/notification-preferences', patch)).data
}

/** The contents of a mail link; needs no sign-in. */
export async function getSubscription(token: string): Promise<Subscription> {
  return (await http.get<Subscription>('/unsubscribe', { params: { token } })).data
}

export async function unsubscribe(token: string): Promise<void> {
  await http.post('/unsubscribe', null, { params: { token } })
}
