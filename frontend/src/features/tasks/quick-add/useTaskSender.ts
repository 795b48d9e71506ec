// New tasks on their way, kept in this tab until the server has answered: a reload meanwhile, or the end of the session, loses none of
// them, and since each keeps its id, sending it again makes no second one.
import { toApiError } from '@/api/errors'
import type { Task, TaskInput } from '@/api/types'
import { useAuthStore } from '@/features/session'
import { shelfOf } from '@/lib/storage'
import { uuidv7 } from '@/lib/uuid'
import { useErrorText } from '@/ui/useAction'
import { showToast } from '@/ui/useToasts'
import { useTaskStore } from '../store/tasks'

/** Signing out asks about keys that start with `draft.`. */
const KEY = 'draft.task.'

/** In this page: not to be sent twice at once. */
const underWay = new Set<string>()

type Sent = TaskInput & { id: string }

function isSent(value: unknown): value is Sent {
  return typeof value === 'object' && value !== null && 'id' in value && 'title' in value
}

export function useTaskSender() {
  const tasks = useTaskStore()
  const auth = useAuthStore()
  const errorText = useErrorText()

  async function create(input: Sent): Promise<Task> {
    const shelf = shelfOf(auth.user?.id)
    shelf.write(KEY + input.id, input, 'session')
    underWay.add(input.id)
    try {
      const task = await tasks.create(input)
      shelf.write(KEY + input.id, undefined, 'session')
      return task
    } finally {
      underWay.delete(input.id)
    }
  }

  /** With `takeBack` a refused one is no longer kept here: its words are in the field again. It says whether they are. */
  async function send(input: Omit<TaskInput, 'id'>, takeBack: () => boolean): Promise<Task> {
    const shelf = shelfOf(auth.user?.id)
    const id = uuidv7()
    try {
      return await create({ ...input, id })
    } catch (problem) {
      if (takeBack()) shelf.write(KEY + id, undefined, 'session')
      throw problem
    }
  }

  /** Sends again what the page before, or the last session, could not see arrive. */
  async function resume(): Promise<void> {
    const shelf = shelfOf(auth.user?.id)
    const waiting = shelf
      .keys(KEY, 'session')
      .map((key) => shelf.read(key, 'session'))
      .filter(isSent)
    for (const input of waiting.filter(({ id }) => !underWay.has(id))) {
      try {
        await create(input)
      } catch (error) {
        const problem = toApiError(error)
        // Without an answer, or with a session that has ended, the next page tries again.
        if (problem.mayPass || problem.type === 'cancelled' || problem.status === 401) continue
        shelf.write(KEY + input.id, undefined, 'session')
        showToast({ type: 'error', text: `${input.title}: ${errorText(problem)}` })
      }
    }
  }

  return { send, resume }
}
