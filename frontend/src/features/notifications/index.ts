// Notifications: the bell, the toasts, the page, and the settings.
export { liveNotifications } from './live'
export { MAIL_KINDS, NOTIFICATION_KINDS } from './model/notificationKinds'
export { default as Notifications } from './Notifications.vue'
export { default as NotificationSettings } from './settings/NotificationSettings.vue'
export { useNotificationStore } from './store/notifications'
export { default as ArrivingNotifications } from './toasts/ArrivingNotifications.vue'
export { useKindText } from './useKindText'

export const notificationPages = {
  notifications: () => import('./page/Notifications.vue'),
  unsubscribe: () => import('./settings/Unsubscribe.vue'),
}
