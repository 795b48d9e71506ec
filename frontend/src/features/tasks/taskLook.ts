// How statuses and priorities look, wherever they show.
import { CircleCheck, CircleClose, Clock, Flag, Remove } from '@element-plus/icons-vue'
import type { Component } from 'vue'
import type { TaskPriority, TaskStatus } from '@/api/types'

export const STATUS_ICONS: Record<TaskStatus, Component> = {
  todo: Remove,
  in_progress: Clock,
  done: CircleCheck,
  cancelled: CircleClose,
}

export const PRIORITY_ICON = Flag

export function priorityColor(priority: TaskPriority): string {
  return `var(--color-priority-${priority})`
}

export const STATUS_COLORS: Record<TaskStatus, string> = {
  todo: 'var(--color-text-3)',
  in_progress: 'var(--color-accent)',
  done: 'var(--color-success)',
  cancelled: 'var(--color-text-3)',
}
