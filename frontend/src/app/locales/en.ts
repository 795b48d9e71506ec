// What every page of a signed-in person may need, in one file: one request, and not one for each feature.
import dashboard from '@/features/dashboard/locales/en.json'
import notifications from '@/features/notifications/locales/en.json'
import projects from '@/features/projects/locales/en.json'
import reminders from '@/features/reminders/locales/en.json'
import search from '@/features/search/locales/en.json'
import session from '@/features/session/locales/en.json'
import tasks from '@/features/tasks/locales/en.json'
import shared from '@/i18n/locales/en.json'

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
