// From the text that could not be saved to the bar that tells of it at the next start, and to the end of it.
import { flushPromises } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { defineComponent, effectScope, h, nextTick } from 'vue'
import { ApiError } from '@/api/errors'
import type { Task } from '@/api/types'
import { useAuthStore } from '@/features/session/store/auth'
import { personKeys } from '@/lib/storage'
import { aTask, aUser } from '@/testing/builders'
import { mountWith } from '@/testing/mountWith'
import { clearToasts, useToasts } from '@/ui/useToasts'
import KeptDrafts from './KeptDrafts.vue'
import { useKeptDrafts } from './useKeptDrafts'
import { useTextDraft } from './useTextDraft'

const Host = defineComponent(() => {
  const { drafts, discard } = useKeptDrafts()
  return () => h(KeptDrafts, { drafts: drafts.value, discard })
})

const offline = new ApiError({ type: 'network', status: 0, title: 'x' })
let unmount: () => void = () => undefined

/** Writes, and goes; `send` is the server's answer. */
async function write(task: Task, text: string, send: () => Promise<Task>): Promise<void> {
  const scope = effectScope()
  const draft = scope.run(() => useTextDraft({ task: () => task, field: 'description', send, limit: 1_000 }))
  if (draft && text) draft.text.value = text
  await draft?.save()
  scope.stop()
  await flushPromises()
}

const fail = () => Promise.reject(offline)

async function start() {
  const { wrapper, router } = await mountWith(Host)
  unmount = () => wrapper.unmount()
  return { wrapper, router }
}

beforeEach(() => {
  localStorage.clear()
  clearToasts()
  setActivePinia(createPinia())
  useAuthStore().user = aUser()
})
afterEach(() => unmount())

test('says nothing without unsaved texts', async () => {
  await write(aTask(), 'arrives', () => Promise.resolve(aTask({ description: 'arrives', version: 2 })))
  const { wrapper } = await start()
  expect(wrapper.find('[role=note]').exists()).toBe(false)
})

test('counts tasks, shows texts, and leads to the task', async () => {
  await write(aTask({ id: 'one', title: 'Call the landlord' }), 'ask about the cellar', fail)
  await write(aTask({ id: 'two', title: '打包' }), '先打包书', fail)
  const { wrapper, router } = await start()
  expect(wrapper.get('[role=note]').text()).toContain('Texts of 2 tasks have not been saved yet')
  await wrapper.get('[role=note] .button').trigger('click')
  const [first] = wrapper.findAll('dialog li')
  expect(first?.text()).toContain('Call the landlord')
  expect(first?.text()).toContain('ask about the cellar')
  await wrapper.get('[aria-label="Open the task “Call the landlord”"]').trigger('click')
  await flushPromises()
  expect(router.currentRoute.value.query.task).toBe('one')
  // The open task shows its own text.
  expect(wrapper.get('[role=note]').text()).toContain('Text of 1 task')
})

test('disappears when the text is saved, here or in another tab', async () => {
  const [one, two] = [aTask({ id: 'one' }), aTask({ id: 'two' })]
  await write(one, 'first', fail)
  await write(two, 'second', fail)
  const { wrapper } = await start()
  await write(one, '', () => Promise.resolve(aTask({ id: 'one', description: 'first', version: 2 })))
  await nextTick()
  expect(wrapper.get('[role=note]').text()).toContain('Text of 1 task')
  for (const key of Object.keys(localStorage)) localStorage.removeItem(key)
  window.dispatchEvent(new Event('storage'))
  await nextTick()
  expect(wrapper.find('[role=note]').exists()).toBe(false)
})

test('ignores the text being edited and other people’s texts', async () => {
  await write(aTask({ id: 'hers' }), 'Ada’s', fail)
  useAuthStore().user = aUser({ id: 'user-2', name: 'Bo' })
  const { wrapper } = await start()
  await write(aTask({ id: 'later' }), 'while the page is open', fail)
  await nextTick()
  expect(wrapper.find('[role=note]').exists()).toBe(false)
})

test('a discarded text can be restored with Undo', async () => {
  await write(aTask({ id: 'one', title: 'Gone by now' }), 'the only copy', fail)
  const { wrapper } = await start()
  await wrapper.get('[role=note] .button').trigger('click')
  await wrapper.get('[aria-label="Discard the text of “Gone by now”"]').trigger('click')
  expect(wrapper.find('[role=note]').exists()).toBe(false)
  expect(personKeys('user-1', 'draft.')).toEqual([])
  useToasts().toasts[0]?.actions[0]?.run()
  await nextTick()
  expect(wrapper.get('[role=note]').text()).toContain('Text of 1 task')
})

test('stays dismissed until the next start', async () => {
  await write(aTask(), 'waits', fail)
  const { wrapper } = await start()
  await wrapper.get('[role=note] [aria-label=Close]').trigger('click')
  expect(wrapper.find('[role=note]').exists()).toBe(false)
  unmount()
  expect((await start()).wrapper.find('[role=note]').exists()).toBe(true)
})
