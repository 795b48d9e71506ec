// A list that becomes long. In a file of its own, because here the library for long lists is loaded after the list is there.
import { createPinia, setActivePinia } from 'pinia'
import { expect, test, vi } from 'vitest'
import { defineComponent, h, nextTick, shallowRef } from 'vue'
import { aTask } from '@/testing/builders'
import { mountWith } from '@/testing/mountWith'
import TaskList from './TaskList.vue'

vi.mock('../api')

const tasksUpTo = (count: number) =>
  Array.from({ length: count }, (_, n) => aTask({ id: `row-${n}`, position: String(n).padStart(4, '0') }))

test('a list that becomes long keeps its focused row', async () => {
  setActivePinia(createPinia())
  vi.spyOn(HTMLElement.prototype, 'offsetHeight', 'get').mockReturnValue(48)
  const tasks = shallowRef(tasksUpTo(60))
  const Growing = defineComponent(
    () => () => h(TaskList, { tasks: tasks.value, loading: false, error: null }),
  )
  const { wrapper } = await mountWith(Growing)
  await vi.dynamicImportSettled()
  const last = wrapper.findAll<HTMLElement>('[data-row-focus]').at(-1)?.element
  last?.focus()

  tasks.value = tasksUpTo(150)
  await nextTick()

  expect(wrapper.findAll('[data-row-id]')[1]?.attributes('aria-posinset')).toBe('2')
  expect(document.activeElement).toBe(last)
  wrapper.unmount()
})
