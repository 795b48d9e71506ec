import { flushPromises } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, test, vi } from 'vitest'
import * as api from '@/features/projects/api/people'
import { useProjectStore } from '@/features/projects/store/projects'
import { aProject } from '@/testing/builders'
import { mountWith } from '@/testing/mountWith'
import SearchPlaces from './SearchPlaces.vue'

vi.mock('@/features/projects/api/people')
vi.mock('@/features/projects/api/tags')

beforeEach(() => {
  setActivePinia(createPinia())
  vi.mocked(api.findPeople).mockResolvedValue([
    { id: 'user-2', name: 'Reneé' },
    { id: 'user-3', name: 'Bo' },
  ])
  const projects = useProjectStore()
  projects.receive(aProject({ id: 'p', name: 'Garden renewal' }))
  projects.receive(aProject({ id: 'q', name: 'Taxes' }))
  for (const project of ['p', 'q']) {
    projects.receiveTag({
      id: `tag-${project}`,
      project_id: project,
      name: 'renew',
      color: '#14866d',
      version: 1,
    })
  }
})

test('projects, tags and people are found by part of the name, tags without duplicates', async () => {
  const { wrapper } = await mountWith(SearchPlaces, { props: { text: 'rene' }, path: '/search?q=rene' })
  await flushPromises()
  expect(wrapper.findAll('li').map((item) => item.text())).toEqual([
    expect.stringContaining('Garden renewal'),
    expect.stringContaining('renew'),
    expect.stringContaining('Reneé'),
  ])
})

test('a person leads to their assigned tasks', async () => {
  const { wrapper, router } = await mountWith(SearchPlaces, { props: { text: 'bo' }, path: '/search?q=bo' })
  await flushPromises()
  await wrapper.get('button').trigger('click')
  await flushPromises()
  expect(router.currentRoute.value.query).toEqual({ assignee: 'user-3' })
})
