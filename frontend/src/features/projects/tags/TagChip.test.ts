import { flushPromises } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, test, vi } from 'vitest'
import { mountWith } from '@/testing/mountWith'
import * as api from '../api/tags'
import TagChip from './TagChip.vue'

vi.mock('../api/tags')
const tag = { id: 't', project_id: 'p', name: 'work', color: '#123456', version: 1 }

beforeEach(() => {
  setActivePinia(createPinia())
  vi.mocked(api.listTags).mockReset().mockResolvedValue([tag])
})

test('tags have their colours everywhere and are loaded once', async () => {
  const { wrapper } = await mountWith(TagChip, { props: { name: 'Work', projectId: 'p' } })
  await mountWith(TagChip, { props: { name: 'other', projectId: 'p' } })
  await flushPromises()
  expect(wrapper.get('.tag').attributes('style')).toContain('#123456')
  expect(api.listTags).toHaveBeenCalledOnce()
})

test('an unknown tag is not grey', async () => {
  const { wrapper } = await mountWith(TagChip, { props: { name: '急', projectId: 'p' } })
  expect(wrapper.get('.tag').attributes('style')).toContain('#14866d')
})
