import { flushPromises } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, test, vi } from 'vitest'
import { useAuthStore } from '@/stores/auth'
import { useTaskStore } from '@/stores/tasks'
import { aTask, aUser } from '@/testing/builders'
import { mountWith } from '@/testing/mountWith'
import DescriptionField from './DescriptionField.vue'

beforeEach(() => {
  localStorage.clear()
  setActivePinia(createPinia())
  useAuthStore().user = aUser()
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

test('it can be emptied: the server takes an empty text, and no null', async () => {
  const { wrapper, patches } = await write('')
  expect(patches()).toEqual([{ description: '' }])
  wrapper.unmount()
})

test('one that is too long is kept, not cut and not sent', async () => {
  const long = 'a'.repeat(20_001)
  const { wrapper, patches } = await write(long)
  expect(patches()).toEqual([])
  expect(wrapper.get('textarea').element.value).toBe(long)
  expect(wrapper.text()).toContain('One character too many')
  expect(wrapper.text()).toContain('It is kept on this device')
  expect(Object.keys(localStorage)).toHaveLength(1)
  wrapper.unmount()
})
