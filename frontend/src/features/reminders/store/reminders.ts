// The person's reminders of the task that is open: one task at a time.
import { acceptHMRUpdate, defineStore } from 'pinia'
import { ref } from 'vue'
import type { Reminder, ReminderInput, Uuid } from '@/api/types'
import { uuidv7 } from '@/lib/uuid'
import { createEntityList, whole } from '@/sync/entityList'
import * as api from '../api'

export const useReminderStore = defineStore('reminders', () => {
  const taskId = ref<Uuid | null>(null)
  const list = createEntityList({
    ask: async () => whole(taskId.value === null ? [] : await api.listReminders(taskId.value)),
    newAt: 'end',
    idOf: (reminder: Reminder) => reminder.id,
    commands: {
      add: {
        send: (id: Uuid, { of, ...input }: ReminderInput & { of: Uuid }) =>
          api.createReminder(of, { id, ...input }),
      },
      remove: {
        show: () => () => undefined,
        send: async (id: Uuid, of: Uuid) => {
          await api.deleteReminder(of, id)
          return null
        },
      },
    },
  })

  /** A failure stands in `error`. */
  async function load(): Promise<void> {
    if (taskId.value !== null) await list.load().catch(() => undefined)
  }

  function show(id: Uuid | null): void {
    taskId.value = id
    // An answer that is still under way belongs to another task, or another person.
    list.clear()
    void load()
  }

  function add(id: Uuid, input: ReminderInput): Promise<Reminder> {
    return list.store.dispatch('add', uuidv7(), { ...input, of: id })
  }

  async function remove({ id, task_id }: Reminder): Promise<void> {
    await list.store.dispatch('remove', id, task_id)
  }

  function receive(reminder: Reminder): void {
    if (reminder.task_id === taskId.value) list.receive(reminder)
  }

  return {
    taskId,
    items: list.items,
    loaded: list.loaded,
    error: list.error,
    load,
    show,
    add,
    remove,
    receive,
    receiveGone: list.receiveGone,
    reset: () => show(null),
  }
})

if (import.meta.hot) import.meta.hot.accept(acceptHMRUpdate(useReminderStore, import.meta.hot))
