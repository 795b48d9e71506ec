// What the page knows of each kind of notification. A new kind is a line here and its texts in the locale files.
import type { Notification } from '@/api/types'

export type NotificationKind = Notification['kind']

interface KindFacts {
  /** Locale key of the sentence. */
  text: string
  /** Worth a word at once, over whatever the person does just now. */
  urgent: boolean
}

const FACTS: Record<NotificationKind, KindFacts> = {
  'task.assigned': { text: 'notifications.assigned', urgent: true },
  'task.status_changed': { text: 'notifications.statusChanged', urgent: true },
  'task.due_changed': { text: 'notifications.dueChanged', urgent: true },
  'project.member_added': { text: 'notifications.memberAdded', urgent: true },
  'security.new_sign_in': { text: 'notifications.newSignIn', urgent: true },
  'security.password_changed': { text: 'notifications.passwordChanged', urgent: true },
}

export const NOTIFICATION_KINDS = Object.keys(FACTS) as NotificationKind[]

/** A newer server may know kinds that this page does not: they have a sentence too. */
export function factsOf(kind: string): KindFacts {
  return FACTS[kind as NotificationKind] ?? { text: 'notifications.other', urgent: false }
}

export function isNotificationKind(value: unknown): value is NotificationKind {
  return NOTIFICATION_KINDS.some((kind) => kind === value)
}
