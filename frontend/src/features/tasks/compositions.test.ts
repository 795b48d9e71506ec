// Keys of an input method belong to it: nothing is closed, chosen or sent before the composition has ended.
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { nextTick } from 'vue'
import * as tagApi from '@/features/projects/api/tags'
import { useProjectStore } from '@/features/projects/store/projects'
import { aProject, aTask } from '@/testing/builders'
import { mountWith } from '@/testing/mountWith'
import TagPicker from './panel/TagPicker.vue'
import QuickAdd from './quick-add/QuickAdd.vue'
import { useTaskStore } from './store/tasks'
import DescriptionField from './text/DescriptionField.vue'
import TitleField from './text/TitleField.vue'

vi.mock('@/features/projects/api/tags')
vi.mock('./api')

const task = aTask({ title: '第一个任务', description: '说明', tags: ['家'] })
/** As browsers report them: Chromium and Firefox while composing, Safari after it. */
const KINDS = [{ isComposing: true }, { isComposing: false, keyCode: 229 }]
let unmount: () => void = () => undefined

beforeEach(() => {
  setActivePinia(createPinia())
  vi.mocked(tagApi.listTags).mockResolvedValue([])
})
afterEach(() => unmount())

async function open(component: Parameters<typeof mountWith>[0], props: object) {
  useProjectStore().receive(aProject({ id: task.project_id }))
  const { wrapper } = await mountWith(component, { props })
  unmount = () => wrapper.unmount()
  return wrapper
}

test.each(KINDS)('the tag picker keeps what is composed (%o)', async (kind) => {
  const update = vi.spyOn(useTaskStore(), 'update').mockResolvedValue(task)
  const wrapper = await open(TagPicker, { task, disabled: false })
  const field = wrapper.get('input')
  await field.setValue('gongzuo')
  for (const key of ['Enter', 'Escape', 'ArrowDown', 'Backspace'])
    await field.trigger('keydown', { key, ...kind })
  expect(field.element.value).toBe('gongzuo')
  expect(update).not.toHaveBeenCalled()
  await field.trigger('keydown', { key: 'Enter' })
  expect(update).toHaveBeenCalledExactlyOnceWith(task.id, { add_tags: ['gongzuo'] })
})

test.each(KINDS)('the quick add keeps what is composed (%o)', async (kind) => {
  const wrapper = await open(QuickAdd, { fields: {} })
  const field = wrapper.get('input')
  await field.setValue('xin')
  await field.trigger('keydown', { key: 'Escape', ...kind })
  expect(field.element.value).toBe('xin')
  expect(wrapper.emitted('leave')).toBeUndefined()
  await field.trigger('keydown', { key: 'Escape' })
  expect(field.element.value).toBe('')
})

test.each(KINDS)('title and description stay open (%o)', async (kind) => {
  const title = (await open(TitleField, { task, disabled: false })).get('textarea')
  title.element.focus()
  await title.trigger('keydown', { key: 'Enter', ...kind })
  expect(document.activeElement).toBe(title.element)
  await title.trigger('keydown', { key: 'Enter' })
  expect(document.activeElement).not.toBe(title.element)
  unmount()

  const description = await open(DescriptionField, { task, disabled: false })
  await description.get('button').trigger('click')
  await description.get('textarea').trigger('keydown', { key: 'Escape', ...kind })
  expect(description.find('textarea').exists()).toBe(true)
  await description.get('textarea').trigger('keydown', { key: 'Escape' })
  await nextTick()
  expect(description.find('textarea').exists()).toBe(false)
})
