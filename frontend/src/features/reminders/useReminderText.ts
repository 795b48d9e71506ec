// A reminder in words: "1 hour before it is due", "Tomorrow 09:00".
import { useI18n } from 'vue-i18n'
import type { Reminder, ReminderAnchor, ReminderLead, Task } from '@/api/types'
import { useNowText } from '@/i18n/useNowText'
import { isDay } from '@/lib/dates'
import { dayTimeText, timeText } from '@/lib/dateText'
import { anchorDate, DAY_TIME, leadText } from './model/reminders'

export function useReminderText() {
  const { t } = useI18n()
  const { context } = useNowText()

  /** For a whole day the time is shown too, because nobody has chosen it. */
  function beforeText(task: Task, anchor: ReminderAnchor, lead: ReminderLead): string {
    const date = anchorDate(task, anchor)
    const duration = leadText(lead, context.value.locale)
    if (date === null || !isDay(date) || lead.minutes > 0) {
      return duration ? t(`reminder.before.${anchor}`, { duration }) : t(`reminder.when.${anchor}`)
    }
    const time = timeText(Date.parse(`${date}T${DAY_TIME}Z`), { ...context.value, timeZone: 'UTC' })
    return duration
      ? t(`reminder.daysBefore.${anchor}`, { duration, time })
      : t(`reminder.onDay.${anchor}`, { time })
  }

  function reminderText(task: Task, { remind_at, relative_to, before }: Reminder): string {
    if (relative_to && before) return beforeText(task, relative_to, before)
    return dayTimeText(Date.parse(remind_at ?? ''), context.value)
  }

  return { beforeText, reminderText }
}
