// The title or the description of an open task, bound to the store: what useTextDraft leaves to the world.
import { useEventListener } from '@vueuse/core'
import { watch } from 'vue'
import { useI18n } from 'vue-i18n'
import { LIMITS } from '@/api/limits'
import type { Task } from '@/api/types'
import { useLiveStore } from '@/sync/live'
import { useAction } from '@/ui/useAction'
import { useTaskStore } from '../store/tasks'
import { useTextDraft } from './useTextDraft'

export function useTaskText(task: () => Task, field: 'title' | 'description') {
  const { t } = useI18n()
  const { notify } = useAction()
  const tasks = useTaskStore()
  const live = useLiveStore()
  const { id } = task()

  const draft = useTextDraft({
    task,
    field,
    limit: field === 'title' ? LIMITS.TaskTitle : LIMITS.TaskDescription,
    send: (text, version) => tasks.update(id, { [field]: text }, { ifMatch: version }),
    onLeftUnsaved: () => void notify('warning', t('task.draft.left')),
  })

  /** Back on the network: what could not be saved has another try. */
  function retry(): void {
    if (draft.error.value) void draft.save()
  }

  watch(
    () => live.status,
    (status) => {
      if (status === 'live') retry()
    },
  )
  useEventListener(window, 'online', retry)
  return draft
}
