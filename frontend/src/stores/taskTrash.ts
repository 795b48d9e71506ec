// Deleted tasks, newest first: a part of the store of tasks.
import { ref, shallowRef } from 'vue'
import { listDeletedTasks, purgeTask } from '@/api/tasks'
import type { Task, Uuid } from '@/api/types'

export function createTaskTrash() {
  const items = shallowRef<Task[]>([])
  const nextCursor = ref<string | null>(null)
  const loaded = ref(false)

  async function load(options: { more?: boolean } = {}): Promise<void> {
    const cursor = options.more ? (nextCursor.value ?? undefined) : undefined
    const page = await listDeletedTasks(cursor)
    items.value = cursor === undefined ? page.items : [...items.value, ...page.items]
    nextCursor.value = page.next_cursor
    loaded.value = true
  }

  function add(task: Task): void {
    if (!loaded.value) return
    items.value = [task, ...items.value.filter(({ id }) => id !== task.id)]
  }

  /** Takes one out; returns the way to put it back where it was. */
  function take(id: Uuid): () => void {
    const before = items.value
    const index = before.findIndex((task) => task.id === id)
    const task = before[index]
    if (!task) return () => undefined
    items.value = before.toSpliced(index, 1)
    return () => {
      items.value = items.value.toSpliced(Math.min(index, items.value.length), 0, task)
    }
  }

  async function purge(id: Uuid): Promise<void> {
    const putBack = take(id)
    try {
      await purgeTask(id)
    } catch (problem) {
      putBack()
      throw problem
    }
  }

  function reset(): void {
    items.value = []
    nextCursor.value = null
    loaded.value = false
  }

  return { items, nextCursor, loaded, load, add, take, purge, reset }
}
