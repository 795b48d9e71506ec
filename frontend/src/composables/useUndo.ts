// Deleting without asking: it is done at once, and a message offers the way back for a while.
import { h } from 'vue'
import { useI18n } from 'vue-i18n'
import type { Task } from '@/api/types'
import { useTaskStore } from '@/stores/tasks'
import { useAction } from './useAction'

/** Loaded when first needed. */
async function offer(text: string, label: string, undo: () => void): Promise<void> {
  const [{ ElMessage }] = await Promise.all([
    import('element-plus/es/components/message/index'),
    import('element-plus/theme-chalk/el-message.css'),
  ])
  const shown = ElMessage({
    type: 'success',
    duration: 8_000,
    showClose: true,
    customClass: 'undo-message',
    message: h('span', { class: 'undo-text', role: 'status' }, [
      text,
      h('button', { type: 'button', class: 'undo-button', onClick: () => (shown.close(), undo()) }, label),
    ]),
  })
}

export function useUndo() {
  const { t } = useI18n()
  const { run } = useAction()
  const tasks = useTaskStore()

  async function removeTask(task: Pick<Task, 'id' | 'title'>): Promise<boolean> {
    const removed = await run(() => tasks.remove(task.id))
    if (removed) {
      void offer(t('task.deleted', { title: task.title }), t('task.undo'), () => {
        void run(() => tasks.restore(task.id))
      })
    }
    return removed
  }

  return { removeTask }
}
