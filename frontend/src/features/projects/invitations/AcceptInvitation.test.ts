import { flushPromises } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { shallowRef } from 'vue'
import { ApiError, type ProblemType } from '@/api/errors'
import type { InvitationPreview, ServerInfo } from '@/api/types'
import * as authApi from '@/features/session/api/auth'
import { useAuthStore } from '@/features/session/store/auth'
import { useServerInfo } from '@/features/session/useServerInfo'
import { aFieldError, aUser } from '@/testing/builders'
import { mountWith } from '@/testing/mountWith'
import * as api from '../api/invitations'
import AcceptInvitation from './AcceptInvitation.vue'

vi.mock('@/features/session/api/auth')
vi.mock('../api/invitations')
vi.mock('@/features/session/useServerInfo')
const server = vi.mocked(api)
let unmount: () => void = () => undefined

const preview: InvitationPreview = {
  project_name: 'House',
  inviter_name: 'Lin',
  email: 'ada@example.com',
  role: 'editor',
  expires_at: '2126-11-30T08:00:00Z',
}
const problem = (type: ProblemType, status: number) => new ApiError({ type, status, title: 'x' })

async function open(fields: Partial<InvitationPreview> = {}) {
  server.previewInvitation.mockResolvedValue({ ...preview, ...fields })
  const { wrapper, router } = await mountWith(AcceptInvitation, { path: '/invitations/accept?token=a%2Bb' })
  unmount = () => wrapper.unmount()
  await flushPromises()
  return { wrapper, router }
}

function serverThat(opens: boolean): void {
  const server = shallowRef({ registration_open: opens } as ServerInfo)
  vi.mocked(useServerInfo).mockReturnValue({ server })
}

beforeEach(() => {
  vi.resetAllMocks()
  serverThat(true)
  setActivePinia(createPinia())
})

afterEach(() => unmount())

test('without an account, registration is prefilled and leads back', async () => {
  const { wrapper } = await open()
  expect(server.previewInvitation).toHaveBeenCalledWith('a+b')
  expect(wrapper.text()).toContain('Lin invites you to')
  expect(wrapper.text()).toContain('House')
  expect(wrapper.text()).toContain('You will be able to edit')
  const [main, other] = wrapper.findAll('main a')
  expect(main?.text()).toBe('Create an account and join')
  const address = new URL(main?.attributes('href') ?? '', 'http://localhost')
  expect(address.pathname).toBe('/register')
  expect(Object.fromEntries(address.searchParams)).toEqual({
    redirect: '/invitations/accept?token=a%2Bb',
    email: 'ada@example.com',
  })
  expect(other?.attributes('href')).toMatch(/^\/login\?/)
})

test('both ways are offered without revealing accounts', async () => {
  const { wrapper } = await open({ inviter_name: '', role: 'viewer' })
  expect(wrapper.text()).toContain('You are invited to')
  expect(wrapper.findAll('main a').map((link) => link.text())).toEqual([
    'Create an account and join',
    'Sign in and join',
  ])
})

test('closed registration is explained', async () => {
  serverThat(false)
  const { wrapper } = await open()
  expect(wrapper.get('.callout').text()).toContain('Ask for one')
  expect(wrapper.findAll('main a').map((link) => link.text())).toEqual(['Sign in and join'])
})

test('a signed-in person joins and sees the project', async () => {
  useAuthStore().user = aUser()
  server.acceptInvitation.mockResolvedValue('project-7')
  const { wrapper, router } = await open()
  expect(wrapper.find('.callout').exists()).toBe(false)
  await wrapper.get('button.button--primary').trigger('click')
  await flushPromises()
  expect(server.acceptInvitation).toHaveBeenCalledWith('a+b')
  expect(router.currentRoute.value.fullPath).toBe('/projects/project-7')
})

test('another account is named and can be switched', async () => {
  useAuthStore().user = aUser({ email: 'other@example.com' })
  const { wrapper } = await open()
  expect(wrapper.get('.callout').text()).toBe(
    'The invitation went to ada@example.com. You would join as other@example.com.',
  )
  await wrapper.get('button.text-button').trigger('click')
  await flushPromises()
  expect(vi.mocked(authApi.logout)).toHaveBeenCalled()
  expect(wrapper.get('main a').text()).toBe('Create an account and join')
})

test('an expired link says what to do', async () => {
  server.previewInvitation.mockRejectedValue(problem('not-found', 404))
  const { wrapper } = await mountWith(AcceptInvitation, { path: '/invitations/accept' })
  unmount = () => wrapper.unmount()
  await flushPromises()
  expect(wrapper.get('[role=alert]').text()).toContain('Ask the person who invited you for a new one.')
})

test('an invitation revoked in the meantime is reported', async () => {
  useAuthStore().user = aUser()
  server.acceptInvitation.mockRejectedValueOnce(problem('network', 0))
  const { wrapper } = await open()
  await wrapper.get('button.button--primary').trigger('click')
  await flushPromises()
  expect(wrapper.get('[role=alert]').text()).toContain('No connection')
  const errors = [aFieldError('token', 'invitation_expired')]
  const used = new ApiError({ type: 'validation', status: 422, title: 'x', errors })
  server.acceptInvitation.mockRejectedValueOnce(used)
  await wrapper.get('button.button--primary').trigger('click')
  await flushPromises()
  expect(wrapper.get('[role=alert]').text()).toContain('Ask the person who invited you for a new one.')
})

test('an accepted invitation leads to the project', async () => {
  useAuthStore().user = aUser()
  server.previewInvitation.mockRejectedValue(problem('not-found', 404))
  server.acceptInvitation.mockResolvedValue('project-7')
  const { wrapper, router } = await mountWith(AcceptInvitation, { path: '/invitations/accept?token=abc' })
  unmount = () => wrapper.unmount()
  await flushPromises()
  expect(router.currentRoute.value.fullPath).toBe('/projects/project-7')
})
