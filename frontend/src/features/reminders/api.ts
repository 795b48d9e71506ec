import { http } from '@/api/client'
import type { Reminder, ReminderInput, Uuid } from '@/api/types'

/** One's own; other members' reminders are theirs. */
export async function listReminders(taskId: Uuid): Promise<Reminder[]> {
  return (await http.get<{ items: Reminder[] }>(`/tasks/${taskId}/reminders`)).data.items
}

export async function createReminder(taskId: Uuid, input: ReminderInput): Promise<Reminder> {
  return (await http.post<Reminder>(`/tasks/${taskId}/reminders`, input)).data
}

export async function deleteReminder(taskId: Uuid, id: Uuid): Promise<void> {
  await http.delete(`/tasks/${taskId}/reminders/${id}`)
}
