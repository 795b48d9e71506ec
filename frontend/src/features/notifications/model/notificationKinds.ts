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
  'task.reminder': { text: 'notifications.reminder', urgent: true },
  'task.due_soon': { text: 'notifications.dueSoon', urgent: true },
  'task.overdue': { text: 'notifications.overdue', urgent: true },
  'project.member_added': { text: 'notifications.memberAdded', urgent: true },
  'project.invited': { text: 'notifications.invited', urgent: true },
  'project.changed': { text: 'notifications.projectChanged', urgent: false },
  'project.ownership': { text: 'notifications.ownership', urgent: true },
  'project.task_added': { text: 'notifications.taskAdded', urgent: false },
  'account.export_ready': { text: 'notifications.exportReady', urgent: true },
  'system.announcement': { text: 'notifications.announcement', urgent: true },
  'security.new_sign_in': { text: 'notifications.newSignIn', urgent: true },
  'security.password_changed': { text: 'notifications.passwordChanged', urgent: true },
}

export const NOTIFICATION_KINDS = Object.keys(FACTS) as NotificationKind[]

/** These come by mail only. */
export const MAIL_KINDS = [
  'digest.news',
  'digest.weekly',
  'account.confirm_email',
  'account.reset_password',
  'account.invitation',
  'account.deletion_requested',
  'account.deletion_soon',
  'account.registration',
  'account.change_address',
  'account.address_changed',
] as const
type MailKind = (typeof MAIL_KINDS)[number]

/** A newer server may know kinds that this page does not: they have a sentence too. */
export function factsOf(kind: string): KindFacts {
  return FACTS[kind as NotificationKind] ?? { text: 'notifications.other', urgent: false }
}

export function isNotificationKind(value: unknown): value is NotificationKind {
  return NOTIFICATION_KINDS.some((kind) => kind === value)
}

export function isMailKind(value: unknown): value is MailKind {
  return MAIL_KINDS.some((kind) => kind === value)
}
