import { flushPromises } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, test, vi } from 'vitest'
import { ApiError } from '@/api/errors'
import { useAuthStore } from '@/features/session/store/auth'
import { aTask, aUser } from '@/testing/builders'
import { mountWith } from '@/testing/mountWith'
import { useTaskStore } from '../store/tasks'
import TagPicker from './TagPicker.vue'

vi.mock('@/features/projects/api/tags', () => ({ listTags: vi.fn(() => Promise.resolve([])) }))

beforeEach(() => {
  sessionStorage.clear()
  setActivePinia(createPinia())
  useAuthStore().user = aUser()
})

async function open(tags: string[] = []) {
  const task = aTask({ tags })
  const { wrapper } = await mountWith(TagPicker, { props: { task, disabled: false } })
  const update = vi.spyOn(useTaskStore(), 'update').mockResolvedValue(task)
  const input = wrapper.get('input')
  const type = async (text: string) => {
    await input.setValue(text)
    await input.trigger('keydown', { key: 'Enter' })
    await flushPromises()
  }
  const patches = () => update.mock.calls.map(([, patch]) => patch)
  return { wrapper, input, update, type, patches }
}

test.each([
  ['work, garden', ['work', 'garden']],
  ['工作，生活', ['工作', '生活']],
  ['Home, work', ['work']],
])('%s becomes tags, those that are new', async (typed, expected) => {
  const { wrapper, type, patches, input } = await open(['home'])
  await type(typed)
  expect(patches()).toEqual([{ add_tags: expected }])
  expect(input.element.value).toBe('')
  wrapper.unmount()
})

test('removing one does not mention the others', async () => {
  const { wrapper, patches } = await open(['home', 'work'])
  await wrapper.get('button.remove').trigger('click')
  expect(patches()).toEqual([{ remove_tags: ['home'] }])
  wrapper.unmount()
})

test('a refused tag keeps its text', async () => {
  const { wrapper, update, type, input } = await open()
  update.mockRejectedValue(new ApiError({ type: 'validation', status: 422, title: 'x' }))
  await type('work, home')
  expect(input.element.value).toBe('work, home')
  wrapper.unmount()
})

test('a too long tag is not sent and reported', async () => {
  const { wrapper, type, patches, input } = await open()
  const long = '长'.repeat(51)
  await type(`work, ${long}`)
  expect(patches()).toEqual([])
  expect(input.element.value).toBe(`work, ${long}`)
  expect(wrapper.get('[role=alert]').text()).toContain('One character too many')
  wrapper.unmount()
})
