// A notification in words: the sentence's key, what it fills in, and both together.
import { useI18n } from 'vue-i18n'
import type { Day, Instant, Notification } from '@/api/types'
import { dayText, momentText } from '@/lib/dateText'
import { isDay } from '@/lib/dates'
import { factsOf } from '@/lib/notificationKinds'
import { useDeviceName } from './useDeviceName'
import { useNowText } from './useNowText'

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
}

export function useNotificationText() {
  const { t } = useI18n()
  const { context } = useNowText()
  const deviceName = useDeviceName()

  const keyOf = ({ kind }: Notification): string => factsOf(kind).text

  function dateText(date: Day | Instant | null): string {
    if (date === null) return t('notifications.noDate')
    return isDay(date) ? dayText(date, context.value) : momentText(date, context.value)
  }

  /** What depends on the kind. */
  function detailsOf(notification: Notification): Partial<NotificationValues> {
    const { kind, data } = notification
    switch (kind) {
      case 'task.status_changed':
        return { from: t(`task.statuses.${data.from}`), to: t(`task.statuses.${data.to}`) }
      case 'task.due_changed':
        return { from: dateText(data.from), to: dateText(data.to) }
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
      actor: actor?.name || t('notifications.someone'),
      task: task?.title ?? t('notifications.aTask'),
      project: project?.name ?? t('notifications.aProject'),
      from: '',
      to: '',
      role: '',
      device: '',
      address: '',
      ...detailsOf(notification),
    } as NotificationValues
  }

  function textOf(notification: Notification): string {
    return t(keyOf(notification), valuesOf(notification))
  }

  return { keyOf, valuesOf, textOf }
}
