import { flushPromises } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ApiError } from '@/api/errors'
import type { OwnInvitation } from '@/api/types'
import { useAuthStore } from '@/features/session/store/auth'
import { aUser } from '@/testing/builders'
import { mountWith } from '@/testing/mountWith'
import * as api from '../api/ownInvitations'
import * as projectApi from '../api/projects'
import { useOpenInvitationStore } from '../store/openInvitations'
import OpenInvitations from './OpenInvitations.vue'

vi.mock('../api/ownInvitations')
vi.mock('../api/projects')
const server = vi.mocked(api)
let unmount: () => void = () => undefined

function anOpenInvitation(fields: Partial<OwnInvitation> = {}): OwnInvitation {
  return {
    id: 'i1',
    project_name: 'House',
    invited_by: { id: 'user-2', name: 'Lin' },
    role: 'editor',
    created_at: '2026-11-30T08:00:00Z',
    expires_at: '2126-11-30T08:00:00Z',
    ...fields,
  }
}

async function open() {
  useAuthStore().user = aUser()
  const { wrapper, router } = await mountWith(OpenInvitations)
  unmount = () => wrapper.unmount()
  await flushPromises()
  return { wrapper, router }
}

beforeEach(() => {
  setActivePinia(createPinia())
  vi.resetAllMocks()
  server.listOwnInvitations.mockResolvedValue([
    anOpenInvitation(),
    anOpenInvitation({ id: 'i2', project_name: 'Car' }),
  ])
  vi.mocked(projectApi.listProjects).mockResolvedValue([])
})

afterEach(() => unmount())

test('nothing is shown while there are none', async () => {
  server.listOwnInvitations.mockResolvedValue([])
  const { wrapper } = await open()
  expect(wrapper.find('section').exists()).toBe(false)
})

test('accepting leads to the project', async () => {
  server.acceptOwnInvitation.mockResolvedValue('project-7')
  const { wrapper, router } = await open()
  expect(wrapper.findAll('li').map((row) => row.find('p').text())).toEqual([
    'Lin invites you to House as editor.',
    'Lin invites you to Car as editor.',
  ])
  await wrapper.get('[aria-label="Accept the invitation to House"]').trigger('click')
  await flushPromises()
  expect(server.acceptOwnInvitation).toHaveBeenCalledWith('i1')
  expect(router.currentRoute.value.fullPath).toBe('/projects/project-7')
  expect(useOpenInvitationStore().list.map(({ id }) => id)).toEqual(['i2'])
})

test('declining, with or without blocking, moves the focus on', async () => {
  const { wrapper } = await open()
  await wrapper.get('[aria-label="Decline the invitation to House"]').trigger('click')
  expect(server.declineInvitation).not.toHaveBeenCalled()
  const choices = wrapper.findAll('li button')
  expect(choices.slice(0, 3).map((one) => one.text())).toEqual([
    'Decline only',
    'Decline and block Lin',
    'Cancel',
  ])
  await choices[0]?.trigger('click')
  await flushPromises()
  expect(server.declineInvitation).toHaveBeenCalledWith('i1', false)
  expect(document.activeElement?.tagName).toBe('H2')

  server.listOwnInvitations.mockResolvedValue([])
  await wrapper.get('[aria-label="Decline the invitation to Car"]').trigger('click')
  await wrapper.get('.button--danger').trigger('click')
  await flushPromises()
  expect(server.declineInvitation).toHaveBeenLastCalledWith('i2', true)
  expect(server.listOwnInvitations).toHaveBeenCalledTimes(2)
})

test('a revoked one disappears and the list is reloaded', async () => {
  server.acceptOwnInvitation.mockRejectedValue(new ApiError({ type: 'not-found', status: 404, title: 'x' }))
  const { wrapper } = await open()
  server.listOwnInvitations.mockResolvedValue([anOpenInvitation({ id: 'i2', project_name: 'Car' })])
  await wrapper.get('[aria-label="Accept the invitation to House"]').trigger('click')
  await flushPromises()
  expect(wrapper.findAll('li')).toHaveLength(1)
})

test('invitations follow the address and are empty when signed out', async () => {
  const auth = useAuthStore()
  await open()
  auth.user = aUser({ email: 'new@example.com' })
  await flushPromises()
  expect(server.listOwnInvitations).toHaveBeenCalledTimes(2)
  auth.user = null
  await flushPromises()
  expect(useOpenInvitationStore().list).toEqual([])
})
