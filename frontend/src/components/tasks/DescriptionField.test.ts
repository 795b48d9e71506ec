import { flushPromises } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import * as api from '@/api/tasks'
import { ApiError } from '@/api/errors'
import type { Task } from '@/api/types'
import { useTaskStore } from '@/stores/tasks'
import { aTask } from '@/testing/builders'
import { mountWith } from '@/testing/mountWith'
import DescriptionField from './DescriptionField.vue'

vi.mock('@/api/tasks')
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
  setActivePinia(createPinia())
  vi.resetAllMocks()
  sessionStorage.clear()
})

afterEach(() => unmount())

test('a checkbox is ticked where it is read: that writes the description over what was seen', async () => {
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

test('what somebody else wrote meanwhile is not overwritten', async () => {
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

test('who may only read cannot tick', async () => {
  const wrapper = await open(true)
  const isDisabled = (): boolean =>
    wrapper.get('input[aria-label="milk"]').attributes('disabled') !== undefined
  expect(isDisabled()).toBe(true)
  await wrapper.setProps({ disabled: false })
  await vi.waitUntil(() => !isDisabled())
})
