import { flushPromises } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { expect, test, vi } from 'vitest'
import { ApiError } from '@/api/errors'
import type { Tag } from '@/api/types'
import { aProject } from '@/testing/builders'
import { mountWith } from '@/testing/mountWith'
import * as api from '../api/tags'
import { useProjectStore } from '../store/projects'
import TagManager from './TagManager.vue'

vi.mock('../api/tags')
vi.setConfig({ testTimeout: 60_000 })

const taken = new ApiError({ type: 'conflict', status: 409, title: 'x' })
const aTag = (id: string, name: string): Tag => ({
  id,
  name,
  project_id: 'project-1',
  color: '#3b82f6',
  version: 1,
})

test('a name that is refused stays in its row, marked, and is not sent again as it is', async () => {
  setActivePinia(createPinia())
  const project = aProject()
  useProjectStore().receive(project)
  vi.mocked(api.listTags).mockResolvedValue([aTag('one', 'home'), aTag('two', 'work')])
  vi.mocked(api.updateTag).mockRejectedValue(taken)
  const { wrapper } = await mountWith(TagManager, { props: { open: true, project } })
  await flushPromises()
  const field = wrapper.get<HTMLInputElement>('[aria-label="Name of the tag home"]')
  await field.setValue('work')
  await field.trigger('keydown', { key: 'Enter' })
  await flushPromises()
  expect(wrapper.get('[role=alert]').text()).toContain('A tag with this name already exists')
  expect(field.element.value).toBe('work')
  expect(field.attributes('aria-invalid')).toBe('true')
  await field.trigger('blur')
  expect(api.updateTag).toHaveBeenCalledTimes(1)
  await field.setValue('work at home')
  expect(field.attributes('aria-invalid')).toBeUndefined()
  await field.trigger('keydown', { key: 'Escape' })
  expect(field.element.value).toBe('home')
  wrapper.unmount()
})
