// The person's reminders of the task that is open: one task at a time.
import { acceptHMRUpdate, defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'
import { type ApiError, toApiError } from '@/api/errors'
import type { Reminder, ReminderInput, Uuid } from '@/api/types'
import { uuidv7 } from '@/lib/uuid'
import * as api from '../api'

export const useReminderStore = defineStore('reminders', () => {
  const taskId = ref<Uuid | null>(null)
  const items = shallowRef<Reminder[]>([])
  const loaded = ref(false)
  const loading = ref(false)
  const error = shallowRef<ApiError | null>(null)
  let request = 0

  async function load(): Promise<void> {
    const id = taskId.value
    if (id === null) return
    const own = (request += 1)
    loading.value = true
    try {
      const list = await api.listReminders(id)
      if (own !== request) return
      items.value = list
      loaded.value = true
      error.value = null
    } catch (problem) {
      if (own === request) error.value = toApiError(problem)
    } finally {
      if (own === request) loading.value = false
    }
  }

  function show(id: Uuid | null): void {
    taskId.value = id
    items.value = []
    loaded.value = false
    loading.value = false
    error.value = null
    // An answer that is still under way belongs to another task, or another person.
    request += 1
    void load()
  }

  function put(reminder: Reminder): void {
    if (reminder.task_id !== taskId.value) return
    items.value = [...items.value.filter(({ id }) => id !== reminder.id), reminder]
  }

  async function add(id: Uuid, input: ReminderInput): Promise<Reminder> {
    const reminder = await api.createReminder(id, { id: uuidv7(), ...input })
    put(reminder)
    return reminder
  }

  async function remove(reminder: Reminder): Promise<void> {
    receiveGone(reminder.id)
    try {
      await api.deleteReminder(reminder.task_id, reminder.id)
    } catch (problem) {
      put(reminder)
      throw problem
    }
  }

  /** A pending list may be older than the event: it is reloaded. */
  function receive(reminder: Reminder): void {
    put(reminder)
    if (loading.value) void load()
  }

  function receiveGone(id: Uuid): void {
    items.value = items.value.filter((one) => one.id !== id)
    if (loading.value) void load()
  }

  return {
    taskId,
    items,
    loaded,
    error,
    load,
    show,
    add,
    remove,
    receive,
    receiveGone,
    reset: () => show(null),
  }
})

if (import.meta.hot) import.meta.hot.accept(acceptHMRUpdate(useReminderStore, import.meta.hot))
