// New tasks on their way. The store keeps them in this tab until the server has answered: a reload meanwhile, or the end of the session, loses none
// of them, and since each keeps its id, sending it again makes no second one.
import { toApiError } from '@/api/errors'
import type { Task, TaskInput } from '@/api/types'
import { uuidv7 } from '@/lib/uuid'
import { useErrorText } from '@/ui/useAction'
import { showToast } from '@/ui/useToasts'
import { useTaskStore } from '../store/tasks'

function titleOf(input: unknown): string {
  return typeof input === 'object' && input !== null && 'title' in input ? String(input.title) : ''
}

export function useTaskSender() {
  const tasks = useTaskStore()
  const errorText = useErrorText()

  /** With `takeBack` a refused one is no longer kept here: its words are in the field again. It says whether they are. */
  async function send(input: Omit<TaskInput, 'id'>, takeBack: () => boolean): Promise<Task> {
    const id = uuidv7()
    try {
      return await tasks.create({ ...input, id }, { keep: true })
    } catch (problem) {
      const kept = tasks.unsent().find(({ thing }) => thing === id)
      if (takeBack() && kept) tasks.discard(kept)
      throw problem
    }
  }

  /** Sends again what the page before, or the last session, could not see arrive. */
  async function resume(): Promise<void> {
    for (const change of tasks.unsent()) {
      try {
        await tasks.resend(change)
      } catch (error) {
        const problem = toApiError(error)
        // Without an answer, or with a session that has ended, the next page tries again.
        if (problem.mayPass || problem.type === 'cancelled' || problem.status === 401) continue
        tasks.discard(change)
        showToast({ type: 'error', text: `${titleOf(change.input)}: ${errorText(problem)}` })
      }
    }
  }

  return { send, resume }
}
