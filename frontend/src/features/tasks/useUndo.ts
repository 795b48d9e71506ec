// The way back from every change of a task: a message with a button, and Ctrl/⌘ Z or z anywhere but in a field.
import { onScopeDispose } from 'vue'
import { useI18n } from 'vue-i18n'
import { useProjectStore } from '@/features/projects'
import { useAction } from '@/ui/useAction'
import { useCommand } from '@/ui/useCommand'
import { dismissOffers, showToast } from '@/ui/useToasts'
import { useHistoryStore, type Step } from './store/history'

const KIND = 'undo'

export function useUndo(): void {
  const { t } = useI18n()
  const { run } = useAction()
  const history = useHistoryStore()
  const projects = useProjectStore()

  function textOf(step: Step): string | null {
    if (step.kind === 'remove') return t('task.deleted', { title: step.task.title })
    // An added task is visible; if not, the field reports where it went (QuickAdd).
    if (step.kind === 'create') return null
    const { title } = step.after
    const { status, project_id: projectId } = step.patch
    if (status === 'done') return t('undo.completed', { title })
    if (status !== undefined) return t('undo.status', { title, status: t(`task.statuses.${status}`) })
    if (projectId !== undefined) {
      const project = projects.get(projectId)
      return t('undo.project', { title, project: project?.is_inbox ? t('nav.inbox') : (project?.name ?? '') })
    }
    return t(step.patch.after === undefined ? 'undo.changed' : 'undo.moved', { title })
  }

  async function undo(step?: Step): Promise<void> {
    let outcome: Awaited<ReturnType<typeof history.undo>> = null
    if (!(await run(async () => (outcome = await history.undo(step)))) || outcome === null) return
    const type = outcome === 'undone' ? 'success' : 'warning'
    showToast({ type, kind: KIND, text: t(`undo.outcomes.${outcome as string}`) })
  }

  onScopeDispose(dismissOffers)
  onScopeDispose(
    history.onStep((step) => {
      const text = textOf(step)
      if (text === null) return
      const actions = [{ label: t('task.undo'), run: () => void undo(step) }]
      showToast({ type: 'success', kind: KIND, text, actions })
    }),
  )

  useCommand({
    keys: ['z'],
    withControl: true,
    when: ({ shiftKey }) => !shiftKey && !history.isEmpty(),
    run: () => void undo(),
  })
}
