import { flushPromises } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, test, vi } from 'vitest'
import { aTask } from '@/testing/builders'
import { mountWith } from '@/testing/mountWith'
import * as api from '../api'
import SubtaskList from './SubtaskList.vue'

vi.mock('../api')

beforeEach(() => {
  setActivePinia(createPinia())
  vi.mocked(api.listTasks).mockResolvedValue({ items: [], next_cursor: null })
})

test.each([
  [false, ''],
  [true, 'No subtasks'],
])('without subtasks (read only: %s) there is no big empty state', async (disabled, text) => {
  const { wrapper } = await mountWith(SubtaskList, { props: { task: aTask(), disabled } })
  await flushPromises()
  expect(wrapper.text()).not.toContain('No tasks here')
  expect(wrapper.text()).toContain(text)
})
