// The name of a kind of notification or mail, for lists and choices.
import { useI18n } from 'vue-i18n'
import { isMailKind, isNotificationKind } from './model/notificationKinds'

export function useKindText() {
  const { t } = useI18n()

  /** A newer server may know kinds that this page has no words for. */
  return function kindText(kind: string): string {
    return isNotificationKind(kind) || isMailKind(kind) ? t(`notifications.kinds.${kind}`) : kind
  }
}
