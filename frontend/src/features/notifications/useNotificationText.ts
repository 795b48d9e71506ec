// A notification as text: the key of the sentence, its parameters, both combined, and additional text.
import { useI18n } from 'vue-i18n'
import type { Day, Instant, Notification, OwnershipStep, ProjectChange } from '@/api/types'
import { useDeviceName } from '@/features/session'
import { useNowText } from '@/i18n/useNowText'
import { isDay } from '@/lib/dates'
import { dayText, dayTimeText } from '@/lib/dateText'
import { factsOf } from './model/notificationKinds'

/** What a sentence may name. */
export interface NotificationValues extends Record<string, string> {
  actor: string
  task: string
  project: string
  from: string
  to: string
  role: string
  device: string
  address: string
  at: string
  due: string
  title: string
}

const PROJECT_CHANGES: ReadonlySet<string> = new Set<ProjectChange>([
  'renamed',
  'archived',
  'unarchived',
  'deleted',
  'restored',
  'role_changed',
  'member_removed',
])

const OWNERSHIP_STEPS: ReadonlySet<string> = new Set<OwnershipStep>([
  'offered',
  'accepted',
  'declined',
  'received',
  'handed_over',
  'inherits',
])

export function useNotificationText() {
  const { t } = useI18n()
  const { context } = useNowText()
  const deviceName = useDeviceName()

  function keyOf({ kind, data }: Notification): string {
    if (kind === 'task.reminder' && data.late) return 'notifications.reminderLate'
    if (kind === 'task.reminder' && (data.due_at ?? data.due_date)) return 'notifications.reminderDue'
    if (kind === 'project.changed' && PROJECT_CHANGES.has(data.change)) {
      return `notifications.projectChanges.${data.change}`
    }
    if (kind === 'project.ownership' && OWNERSHIP_STEPS.has(data.step)) {
      return `notifications.ownershipSteps.${data.step}`
    }
    return factsOf(kind).text
  }

  function dateText(date: Day | Instant | null): string {
    if (date === null) return t('notifications.noDate')
    return isDay(date) ? dayText(date, context.value) : dayTimeText(Date.parse(date), context.value)
  }

  /** What depends on the kind. */
  function detailsOf(notification: Notification): Partial<NotificationValues> {
    const { kind, data } = notification
    switch (kind) {
      case 'task.status_changed':
        return { from: t(`task.statuses.${data.from}`), to: t(`task.statuses.${data.to}`) }
      case 'task.due_changed':
        return { from: dateText(data.from), to: dateText(data.to) }
      case 'task.reminder':
        return { at: dateText(data.at), due: dateText(data.due_at ?? data.due_date ?? null) }
      case 'task.due_soon':
      case 'task.overdue':
        return { due: dateText(data.due_at ?? data.due_date ?? null) }
      case 'project.changed':
        return { project: data.name, from: data.from ?? '', role: data.role ? t(`role.${data.role}`) : '' }
      case 'project.ownership':
        return data.at === undefined ? {} : { at: dateText(data.at) }
      case 'account.export_ready':
        return { at: dateText(data.at) }
      case 'system.announcement':
        return { title: data.title }
      case 'project.invited':
        return { project: data.project || t('notifications.aProject'), role: t(`role.${data.role}`) }
      case 'project.member_added':
        return { role: t(`role.${data.role}`) }
      case 'security.new_sign_in':
      case 'security.password_changed':
        return { device: deviceName(data.user_agent), address: data.ip_address }
      default:
        return {}
    }
  }

  function valuesOf(notification: Notification): NotificationValues {
    const { actor, task, project } = notification
    return {
      // Whose account is gone has no name any more.
      actor: actor ? actor.name || t('notifications.someone') : t('people.former'),
      task: task?.title ?? t('notifications.aTask'),
      project: project?.name ?? t('notifications.aProject'),
      from: '',
      to: '',
      role: '',
      device: '',
      address: '',
      at: '',
      due: '',
      title: '',
      ...detailsOf(notification),
    } as NotificationValues
  }

  function textOf(notification: Notification): string {
    return t(keyOf(notification), valuesOf(notification))
  }

  /** More than a sentence: what an administrator wrote. */
  function bodyOf({ kind, data }: Notification): string {
    return kind === 'system.announcement' ? data.text : ''
  }

  return { keyOf, valuesOf, textOf, bodyOf }
}
