// A notification in words: the sentence's key, what it fills in, and both together.
import { useI18n } from 'vue-i18n'
import type { Notification } from '@/api/types'
import { factsOf } from '@/lib/notificationKinds'

/** What a sentence may name; the first three stand out. */
export interface NotificationValues extends Record<string, string> {
  actor: string
  task: string
  project: string
  from: string
  to: string
  role: string
}

export function useNotificationText() {
  const { t } = useI18n()

  const keyOf = ({ kind }: Notification): string => factsOf(kind).text

  function valuesOf(notification: Notification): NotificationValues {
    const { kind, data, actor, task, project } = notification
    return {
      actor: actor?.name || t('notifications.someone'),
      task: task?.title ?? t('notifications.aTask'),
      project: project?.name ?? t('notifications.aProject'),
      from: kind === 'task.status_changed' ? t(`task.statuses.${data.from}`) : '',
      to: kind === 'task.status_changed' ? t(`task.statuses.${data.to}`) : '',
      role: kind === 'project.member_added' ? t(`role.${data.role}`) : '',
    }
  }

  function textOf(notification: Notification): string {
    return t(keyOf(notification), valuesOf(notification))
  }

  return { keyOf, valuesOf, textOf }
}
