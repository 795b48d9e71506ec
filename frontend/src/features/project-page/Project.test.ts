// A project that goes while its page is open: by the person's own hand there is nothing to say, else there is.
import { flushPromises } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ApiError } from '@/api/errors'
import * as api from '@/features/projects/api/projects'
import { useProjectStore } from '@/features/projects/store/projects'
import { useAuthStore } from '@/features/session/store/auth'
import { aProject, aUser } from '@/testing/builders'
import { deferred } from '@/testing/deferred'
import { mountWith } from '@/testing/mountWith'
import Project from './Project.vue'

vi.mock('@/features/projects/api/projects')
vi.mock('@/features/projects/api/tags')
vi.mock('./ProjectList.vue', () => ({ default: { render: () => null } }))

// The first mount loads much, on a machine that may be busy.
vi.setConfig({ testTimeout: 20_000 })

const MISSING = 'This project does not exist'
let unmount: () => void = () => undefined
/** All that was to be read on the page, since it was opened. */
let said = ''

async function open() {
  const projects = useProjectStore()
  vi.mocked(api.listProjects).mockResolvedValue([aProject()])
  await projects.load()
  const { wrapper, router } = await mountWith(Project, {
    path: '/projects/project-1',
    props: { id: 'project-1' },
  })
  const observer = new MutationObserver(() => (said += wrapper.text()))
  observer.observe(document.body, { childList: true, characterData: true, subtree: true })
  unmount = () => {
    observer.disconnect()
    wrapper.unmount()
  }
  expect(wrapper.get('h1').text()).toBe('House')
  return { wrapper, router, projects }
}

beforeEach(() => {
  setActivePinia(createPinia())
  vi.resetAllMocks()
  useAuthStore().user = aUser()
  said = ''
})
afterEach(() => unmount())

describe.each([
  ['deleted', 'remove', 'deleteProject'],
  ['left', 'leave', 'removeMember'],
] as const)('%s here', (_, action, call) => {
  test('leaving a project never reports it as missing', async () => {
    for (const isEventFirst of [true, false]) {
      const { projects } = await open()
      const answer = deferred<undefined>()
      vi.mocked(api[call]).mockReturnValue(answer.promise as never)
      const done = projects[action]('project-1')
      await flushPromises()
      if (isEventFirst) projects.receiveGone('project-1')
      await flushPromises()
      answer.resolve(undefined)
      await done
      projects.receiveGone('project-1')
      await flushPromises()
      unmount()
      useProjectStore().reset()
    }
    expect(said).not.toContain(MISSING)
  })

  test('a refusal restores it, and a later removal is reported', async () => {
    const { wrapper, projects } = await open()
    vi.mocked(api[call]).mockRejectedValue(new ApiError({ type: 'forbidden', status: 403, title: 'x' }))
    await expect(projects[action]('project-1')).rejects.toThrow()
    await flushPromises()
    expect(wrapper.get('h1').text()).toBe('House')
    projects.receiveGone('project-1')
    await flushPromises()
    expect(wrapper.get('h1').text()).toContain(MISSING)
  })
})
