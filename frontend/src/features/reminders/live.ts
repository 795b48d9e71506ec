// What happened to reminders elsewhere.
import type { LiveFeature } from '@/sync/registry'
import { useReminderStore } from './store/reminders'

export function liveReminders(): LiveFeature {
  const reminders = useReminderStore()
  return {
    events: {
      'reminder.created': ({ data }) => reminders.receive(data),
      'reminder.changed': ({ data }) => reminders.receive(data),
      'reminder.deleted': ({ data }) => reminders.receiveGone(data.id),
    },
    resync: async ({ own }) => {
      if (own) await reminders.load()
    },
  }
}
