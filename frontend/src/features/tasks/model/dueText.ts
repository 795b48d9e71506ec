// When a task is due, in words, and how near that is.
import type { Task } from '@/api/types'
import { addDays, dayOf } from '@/lib/dates'
import { dayText, dayTimeText, type TextContext } from '@/lib/dateText'
import { dueDay, isClosed, isOverdue } from './taskFilter'

export type DueTone = 'overdue' | 'today' | 'soon' | 'later'

type Due = Pick<Task, 'due_date' | 'due_at' | 'status'>

export function dueText(task: Due, context: TextContext): string | null {
  if (task.due_date !== null) return dayText(task.due_date, context)
  return task.due_at === null ? null : dayTimeText(Date.parse(task.due_at), context)
}

export function dueTone(task: Due, context: TextContext): DueTone {
  if (isOverdue(task, context)) return 'overdue'
  const day = dueDay(task, context.timeZone)
  const today = dayOf(context.now, context.timeZone)
  if (day === null || isClosed(task)) return 'later'
  if (day === today) return 'today'
  return day === addDays(today, 1) ? 'soon' : 'later'
}
