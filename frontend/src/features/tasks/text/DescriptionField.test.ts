import { flushPromises } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ApiError } from '@/api/errors'
import type { Task } from '@/api/types'
import { useAuthStore } from '@/features/session/store/auth'
import { aTask, aUser } from '@/testing/builders'
import { mountWith } from '@/testing/mountWith'
import { stubUnavailable } from '@/testing/stubServer'
import * as api from '../api'
import { useTaskStore } from '../store/tasks'
import DescriptionField from './DescriptionField.vue'

vi.mock('../api')
const server = vi.mocked(api)
let unmount: () => void = () => undefined

const LIST = 'Shopping:\n\n- [ ] milk\n- [x] bread'

async function open(disabled = false) {
  const task = aTask({ description: LIST })
  useTaskStore().receive(task)
  const { wrapper } = await mountWith(DescriptionField, { props: { task, disabled } })
  unmount = () => wrapper.unmount()
  await vi.waitUntil(() => wrapper.find('input[type=checkbox]').exists())
  return wrapper
}

beforeEach(() => {
  stubUnavailable()
  setActivePinia(createPinia())
  vi.resetAllMocks()
  sessionStorage.clear()
  localStorage.clear()
  useAuthStore().user = aUser()
})

afterEach(() => unmount())

test('ticking a rendered checkbox saves the description against the seen version', async () => {
  server.updateTask.mockImplementation((id, patch) =>
    Promise.resolve(aTask({ id, ...(patch as Partial<Task>), version: 2 })),
  )
  const wrapper = await open()
  const milk = wrapper.get('input[aria-label="milk"]')
  expect(milk.attributes('disabled')).toBeUndefined()
  ;(milk.element as HTMLInputElement).checked = true
  await milk.trigger('change')
  await vi.waitUntil(() => server.updateTask.mock.calls.length > 0)
  const description = 'Shopping:\n\n- [x] milk\n- [x] bread'
  expect(server.updateTask).toHaveBeenCalledExactlyOnceWith('task-1', { description }, 1)
  expect(wrapper.find('textarea').exists(), 'it is not the text that is opened').toBe(false)
})

test('changes by others are not overwritten', async () => {
  const current = aTask({ description: 'Cancelled', version: 2 })
  server.updateTask.mockRejectedValue(
    new ApiError({ type: 'version-conflict', status: 412, title: 'x', current }),
  )
  const wrapper = await open()
  const milk = wrapper.get('input[aria-label="milk"]')
  ;(milk.element as HTMLInputElement).checked = true
  await milk.trigger('change')
  await vi.waitUntil(() => server.updateTask.mock.calls.length > 0)
  await flushPromises()
  expect(server.updateTask).toHaveBeenCalledOnce()
  expect(wrapper.text()).toContain('Cancelled')
})

test('a viewer cannot tick', async () => {
  const wrapper = await open(true)
  const isDisabled = (): boolean =>
    wrapper.get('input[aria-label="milk"]').attributes('disabled') !== undefined
  expect(isDisabled()).toBe(true)
  await wrapper.setProps({ disabled: false })
  await vi.waitUntil(() => !isDisabled())
})

async function write(text: string) {
  const task = aTask({ description: 'old' })
  const { wrapper } = await mountWith(DescriptionField, { props: { task, disabled: false } })
  const update = vi.spyOn(useTaskStore(), 'update').mockResolvedValue({ ...task, description: text })
  await wrapper.get('button.mode').trigger('click')
  await wrapper.get('textarea').setValue(text)
  await wrapper.get('textarea').trigger('blur')
  await flushPromises()
  return { wrapper, patches: () => update.mock.calls.map(([, patch]) => patch) }
}

test('it can be cleared: an empty text is sent, not null', async () => {
  const { wrapper, patches } = await write('')
  expect(patches()).toEqual([{ description: '' }])
  wrapper.unmount()
})

test('a too long text is kept, neither truncated nor sent', async () => {
  const long = 'a'.repeat(20_001)
  const { wrapper, patches } = await write(long)
  expect(patches()).toEqual([])
  expect(wrapper.get('textarea').element.value).toBe(long)
  expect(wrapper.text()).toContain('One character too many')
  expect(wrapper.text()).toContain('It is kept on this device')
  expect(Object.keys(localStorage)).toHaveLength(1)
  wrapper.unmount()
})
