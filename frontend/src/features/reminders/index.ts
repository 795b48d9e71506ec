// A person's own reminders of tasks.
export { liveReminders } from './live'
export { default as ReminderList } from './ReminderList.vue'
export { useReminderStore } from './store/reminders'
