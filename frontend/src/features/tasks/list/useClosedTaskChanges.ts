// Tells when the number of a project's closed tasks may have changed while no list of them is here.
import { onScopeDispose, readonly, ref, toValue, type MaybeRefOrGetter } from 'vue'
import type { Task, TaskPatch, Uuid } from '@/api/types'
import { isClosed } from '../model/taskFilter'
import { useTaskStore } from '../store/tasks'

/** Grows with each such change; `null` watches nothing. */
export function useClosedTaskChanges(projectId: MaybeRefOrGetter<Uuid | null>) {
  const tasks = useTaskStore()
  const serial = ref(0)

  /** The previous state of an unloaded task is unknown. */
  function mayHaveBeenClosed(id: Uuid): boolean {
    const before = tasks.get(id)
    return before === undefined || isClosed(before)
  }

  function concernsTask(id: Uuid, after: Pick<Task, 'project_id' | 'status'> | TaskPatch): boolean {
    const project = toValue(projectId)
    const known = tasks.get(id)?.project_id
    if (known !== project && after.project_id !== project) return false
    const isClosedNow = after.status !== undefined && isClosed({ status: after.status })
    return isClosedNow || mayHaveBeenClosed(id)
  }

  onScopeDispose(
    tasks.$onAction(({ name, args, after }) => {
      if (toValue(projectId) === null) return
      const isConcerned = ((): boolean => {
        switch (name) {
          case 'receive':
            return concernsTask(args[0].id, args[0])
          case 'update':
            return concernsTask(args[0], args[1])
          case 'receiveGone':
            return args[0] === toValue(projectId)
          case 'remove':
            return mayHaveBeenClosed(args[0])
          case 'restore':
          case 'reload':
            return true
          default:
            return false
        }
      })()
      if (isConcerned) after(() => (serial.value += 1))
    }),
  )
  return readonly(serial)
}
