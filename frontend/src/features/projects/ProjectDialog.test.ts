import { flushPromises } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { expect, test, vi } from 'vitest'
import { ApiError } from '@/api/errors'
import type { Project } from '@/api/types'
import { aProject } from '@/testing/builders'
import { deferred } from '@/testing/deferred'
import { mountWith } from '@/testing/mountWith'
import * as api from './api/projects'
import ProjectDialog from './ProjectDialog.vue'

vi.mock('./api/projects')
vi.setConfig({ testTimeout: 20_000 })

test('Enter twice creates one project, and errors appear in the dialog', async () => {
  setActivePinia(createPinia())
  const answer = deferred<Project>()
  vi.mocked(api.createProject).mockReturnValueOnce(answer.promise).mockResolvedValue(aProject())
  const { wrapper } = await mountWith(ProjectDialog, { props: { open: true } })
  await wrapper.get('input').setValue('Spring')
  await wrapper.get('form').trigger('submit')
  await wrapper.get('form').trigger('submit')
  expect(api.createProject).toHaveBeenCalledTimes(1)

  answer.reject(new ApiError({ type: 'network', status: 0, title: 'Network Error' }))
  await flushPromises()
  expect(wrapper.get('dialog [role=alert]').text()).toContain('No connection')

  await wrapper.get('form').trigger('submit')
  const [first, second] = vi.mocked(api.createProject).mock.calls
  expect(second?.[0].id).toBe(first?.[0].id)
  wrapper.unmount()
})
