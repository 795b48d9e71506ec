import { api } from '@/api/call'
import type { Reminder, ReminderInput, Uuid } from '@/api/types'

/** One's own; other members' reminders are theirs. */
export async function listReminders(taskId: Uuid): Promise<Reminder[]> {
  return (await api.get('/tasks/{id}/reminders', { path: { id: taskId } })).items
}

export async function createReminder(taskId: Uuid, input: ReminderInput): Promise<Reminder> {
  return api.post('/tasks/{id}/reminders', { path: { id: taskId }, body: input })
}

export async function deleteReminder(taskId: Uuid, id: Uuid): Promise<void> {
  await api.delete('/tasks/{id}/reminders/{reminder_id}', { path: { id: taskId, reminder_id: id } })
}
