import { flushPromises } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, test, vi } from 'vitest'
import type { Member } from '@/api/types'
import { aProject } from '@/testing/builders'
import { mountWith } from '@/testing/mountWith'
import * as ownershipApi from '../api/ownership'
import * as projectApi from '../api/projects'
import { useProjectStore } from '../store/projects'
import MembersDialog from './MembersDialog.vue'
import OwnershipOffer from './OwnershipOffer.vue'

vi.mock('../api/ownership')
vi.mock('../api/projects')
vi.mock('../api/invitations', () => ({ listInvitations: () => Promise.resolve([]) }))
vi.mock('@/features/session/api/server', () => ({ getServer: () => Promise.resolve({ mail: false }) }))
const api = vi.mocked(ownershipApi)

const ada: Member = { user_id: 'user-1', name: 'Ada', email: 'ada@example.com', role: 'owner', joined_at: '' }
const bo: Member = { user_id: 'user-2', name: 'Bo', email: 'bo@example.com', role: 'editor', joined_at: '' }

beforeEach(() => {
  setActivePinia(createPinia())
  vi.resetAllMocks()
  vi.mocked(projectApi).listMembers.mockResolvedValue([ada, bo])
})

const button = (wrapper: Awaited<ReturnType<typeof mountWith>>['wrapper'], text: string) =>
  wrapper.findAll('button').find((one) => one.text() === text)

test('the owner offers the project after confirmation and can withdraw', async () => {
  const projects = useProjectStore()
  const project = aProject()
  projects.receive(project)
  api.offerProject.mockResolvedValue({ ...project, transfer_to: 'user-2', version: 2 })
  const { wrapper } = await mountWith(MembersDialog, { props: { project, open: true } })
  await flushPromises()
  const select = wrapper.get<HTMLSelectElement>('select[aria-label="Role of Bo"]')
  await select.setValue('owner')
  expect(select.element.isConnected && select.element.value).not.toBe('owner')
  expect(api.offerProject).not.toHaveBeenCalled()
  expect(wrapper.text()).toContain('Bo becomes the owner by accepting. You stay as an editor.')
  await button(wrapper, 'Offer')?.trigger('click')
  await flushPromises()
  expect(api.offerProject).toHaveBeenCalledWith('project-1', 'user-2')
  expect(projects.get('project-1')?.transfer_to).toBe('user-2')

  await wrapper.setProps({ project: projects.get('project-1') })
  expect(wrapper.text()).toContain('Asked to become the owner')
  await wrapper.get('[aria-label="Withdraw the offer to Bo"]').trigger('click')
  await flushPromises()
  expect(api.withdrawProject).toHaveBeenCalledWith('project-1')
  expect(projects.get('project-1')?.transfer_to).toBeNull()
  wrapper.unmount()
})

test('accepting makes the member the owner in the list too', async () => {
  const projects = useProjectStore()
  const project = aProject({ role: 'editor', transfer_to: 'user-2' })
  projects.receive(project)
  api.acceptProject.mockResolvedValue(
    aProject({ owner_id: 'user-2', role: 'owner', transfer_to: null, version: 2 }),
  )
  const { wrapper } = await mountWith(OwnershipOffer, { props: { project } })
  await flushPromises()
  expect(wrapper.text()).toContain('Ada asks you to become the owner of this project.')
  await button(wrapper, 'Become the owner')?.trigger('click')
  await flushPromises()
  const roles = projects.membersOf('project-1').map(({ name, role }) => [name, role])
  expect(roles).toEqual([
    ['Ada', 'editor'],
    ['Bo', 'owner'],
  ])
})

test('declining ends the offer', async () => {
  const projects = useProjectStore()
  const project = aProject({ role: 'editor', transfer_to: 'user-2' })
  projects.receive(project)
  const { wrapper } = await mountWith(OwnershipOffer, { props: { project } })
  await button(wrapper, 'Decline')?.trigger('click')
  await flushPromises()
  expect(api.declineProject).toHaveBeenCalledWith('project-1')
  expect(projects.get('project-1')?.transfer_to).toBeNull()
})
