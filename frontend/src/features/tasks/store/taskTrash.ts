// Deleted tasks, newest first: a part of the store of tasks.
import { ref, shallowRef } from 'vue'
import type { Task, Uuid } from '@/api/types'
import { Loads, mergeLoaded } from '@/lib/loads'
import { listDeletedTasks, purgeTask } from '../api'

export function createTaskTrash() {
  const items = shallowRef<Task[]>([])
  const nextCursor = ref<string | null>(null)
  const loaded = ref(false)
  const loads = new Loads<Task>()

  async function load(options: { more?: boolean } = {}): Promise<void> {
    const cursor = options.more ? (nextCursor.value ?? undefined) : undefined
    const own = loads.begin()
    try {
      const page = await listDeletedTasks(cursor)
      if (!loads.isCurrent(own)) return
      items.value =
        cursor === undefined
          ? mergeLoaded(page.items, own, ({ id }) => id, { newAt: 'start' })
          : [...items.value, ...page.items.filter(({ id }) => !own.touched.has(id))]
      nextCursor.value = page.next_cursor
      loaded.value = true
    } finally {
      loads.end(own)
    }
  }

  function add(task: Task): void {
    loads.touch(task.id, task)
    if (!loaded.value) return
    items.value = [task, ...items.value.filter(({ id }) => id !== task.id)]
  }

  /** Takes one out; returns the way to put it back where it was. */
  function take(id: Uuid): () => void {
    loads.touch(id, null)
    const before = items.value
    const index = before.findIndex((task) => task.id === id)
    const task = before[index]
    if (!task) return () => undefined
    items.value = before.toSpliced(index, 1)
    return () => {
      loads.touch(id, task)
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
    loads.cancel()
    items.value = []
    nextCursor.value = null
    loaded.value = false
  }

  return { items, nextCursor, loaded, load, add, take, purge, reset }
}
