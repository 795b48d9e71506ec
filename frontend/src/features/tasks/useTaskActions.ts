// What can be done to a task from its row, card or panel, and the menu that offers it.
import { ArrowDown, ArrowUp, Calendar, Delete, Right, Sunny } from '@element-plus/icons-vue'
import { computed } from 'vue'
import { useI18n } from 'vue-i18n'
import { TASK_STATUSES, type Task, type TaskPatch, type TaskStatus } from '@/api/types'
import { useProjectStore } from '@/features/projects'
import { useNowText } from '@/i18n/useNowText'
import { addDays, dayOf } from '@/lib/dates'
import type { MenuItem } from '@/ui/MenuButton.vue'
import { useAction } from '@/ui/useAction'
import { useTaskPanel } from './panel/useTaskPanel'
import { useTaskStore } from './store/tasks'
import { STATUS_COLORS, STATUS_ICONS } from './taskLook'

interface MenuOptions {
  /** Whether it has neighbours to change places with. */
  up?: boolean
  down?: boolean
  move?: (by: -1 | 1) => void
}

export function useTaskActions() {
  const { t } = useI18n()
  const { run } = useAction()
  const { open } = useTaskPanel()
  const { context } = useNowText()
  const tasks = useTaskStore()
  const projects = useProjectStore()
  const today = computed(() => dayOf(context.value.now, context.value.timeZone))

  function change(task: Task, patch: TaskPatch): Promise<boolean> {
    return run(() => tasks.update(task.id, patch))
  }

  /** Without asking: the way back is offered (useUndo). */
  function remove(task: Pick<Task, 'id'>): Promise<boolean> {
    return run(() => tasks.remove(task.id))
  }

  function toggle(task: Task): Promise<boolean> {
    return change(task, { status: task.status === 'done' ? 'todo' : 'done' })
  }

  function menuOf(task: Task, { up, down, move }: MenuOptions = {}): MenuItem[] {
    const items: MenuItem[] = [{ key: 'open', label: t('task.open'), icon: Right }]
    if (!projects.canWrite(task.project_id)) return items
    const statuses = TASK_STATUSES.map((status, index) => ({
      key: `status:${status}`,
      label: t(`task.statuses.${status}`),
      icon: STATUS_ICONS[status],
      color: STATUS_COLORS[status],
      checked: task.status === status,
      separated: index === 0,
    }))
    items.push(
      { key: 'due:0', label: t('task.dueToday'), icon: Sunny },
      { key: 'due:1', label: t('task.dueTomorrow'), icon: Calendar },
      ...statuses,
    )
    if (move) {
      items.push(
        { key: 'up', label: t('task.moveUp'), icon: ArrowUp, disabled: !up, separated: true },
        { key: 'down', label: t('task.moveDown'), icon: ArrowDown, disabled: !down },
      )
    }
    items.push({ key: 'delete', label: t('task.delete'), icon: Delete, danger: true, separated: true })
    return items
  }

  function choose(task: Task, key: string, { move }: MenuOptions = {}): void {
    const [what = '', value = ''] = key.split(':')
    if (what === 'open') void open(task.id)
    else if (what === 'status') void change(task, { status: value as TaskStatus })
    else if (what === 'due') void change(task, { due_date: addDays(today.value, Number(value)) })
    else if (what === 'up') move?.(-1)
    else if (what === 'down') move?.(1)
    else if (what === 'delete') void remove(task)
  }

  return { change, toggle, remove, menuOf, choose, canWrite: projects.canWrite, today }
}
