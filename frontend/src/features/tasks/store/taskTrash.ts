// Deleted tasks, newest first: a part of the store of tasks.
import type { Task, Uuid } from '@/api/types'
import { createEntityList } from '@/sync/entityList'
import { listDeletedTasks, purgeTask, restoreTask } from '../api'

export function createTaskTrash() {
  const list = createEntityList({
    ask: listDeletedTasks,
    newAt: 'start',
    idOf: (task: Task) => task.id,
    commands: {
      restore: { show: () => () => undefined, send: (id: Uuid) => restoreTask(id), settle: () => null },
      purge: { show: () => () => undefined, send: (id: Uuid) => purgeTask(id), settle: () => null },
    },
  })

  /** Nobody looks at a trash that was not loaded. */
  function add(task: Task): void {
    if (list.loaded.value || list.store.isLoading) list.receive(task)
  }

  return {
    items: list.items,
    nextCursor: list.nextCursor,
    load: list.load,
    add,
    takeOut: list.receiveGone,
    /** The task, which is in its project again. */
    restore: (id: Uuid): Promise<Task> => list.store.dispatch('restore', id, undefined),
    purge: (id: Uuid): Promise<void> => list.store.dispatch('purge', id, undefined),
    reset: list.clear,
  }
}
