import { flushPromises } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, test, vi } from 'vitest'
import { ApiError } from '@/api/errors'
import { useAuthStore } from '@/features/session'
import { aProject, aUser } from '@/testing/builders'
import { mountWith } from '@/testing/mountWith'
import * as api from './api/projects'
import ProjectSettings from './ProjectSettings.vue'
import { useProjectStore } from './store/projects'

vi.mock('./api/projects')
vi.setConfig({ testTimeout: 60_000 })

const over = new ApiError({ type: 'unauthenticated', status: 401, title: 'x' })
const project = aProject({ name: 'Spring' })

beforeEach(() => {
  sessionStorage.clear()
  setActivePinia(createPinia())
  useAuthStore().user = aUser()
  useProjectStore().receive(project)
})

async function opened() {
  const { wrapper } = await mountWith(ProjectSettings, { props: { open: true, project } })
  return { wrapper, name: wrapper.get<HTMLInputElement>('input') }
}

test('a name that was not saved is there again when the dialog is, until it is saved or given up', async () => {
  vi.mocked(api.updateProject).mockRejectedValueOnce(over)
  const first = await opened()
  await first.name.setValue('Summer')
  await first.wrapper.get('form').trigger('submit')
  await flushPromises()
  first.wrapper.unmount()

  const second = await opened()
  expect(second.name.element.value).toBe('Summer')
  vi.mocked(api.updateProject).mockResolvedValue(aProject({ name: 'Summer', version: 2 }))
  await second.wrapper.get('form').trigger('submit')
  await flushPromises()
  second.wrapper.unmount()

  const third = await opened()
  await third.name.setValue('Autumn')
  await third.wrapper.get('.actions button').trigger('click')
  third.wrapper.unmount()
  const { name, wrapper } = await opened()
  expect(name.element.value).toBe('Spring')
  wrapper.unmount()
})
