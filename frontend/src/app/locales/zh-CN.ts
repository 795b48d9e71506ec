// What every page of a signed-in person may need, in one file: one request, and not one for each feature.
import dashboard from '@/features/dashboard/locales/zh-CN.json'
import notifications from '@/features/notifications/locales/zh-CN.json'
import projects from '@/features/projects/locales/zh-CN.json'
import reminders from '@/features/reminders/locales/zh-CN.json'
import search from '@/features/search/locales/zh-CN.json'
import session from '@/features/session/locales/zh-CN.json'
import tasks from '@/features/tasks/locales/zh-CN.json'
import shared from '@/i18n/locales/zh-CN.json'

export default {
  ...shared,
  ...dashboard,
  ...notifications,
  ...projects,
  ...reminders,
  ...search,
  ...session,
  ...tasks,
}
