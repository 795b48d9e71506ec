import { flushPromises } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { shallowRef } from 'vue'
import { ApiError } from '@/api/errors'
import type { Invitation, Role, ServerInfo } from '@/api/types'
import { useAuthStore } from '@/features/session/store/auth'
import { useServerInfo } from '@/features/session/useServerInfo'
import { aFieldError, anInvitation, aProject, aUser } from '@/testing/builders'
import { mountWith } from '@/testing/mountWith'
import * as invitationApi from '../api/invitations'
import * as projectApi from '../api/projects'
import { useProjectStore } from '../store/projects'
import MembersDialog from './MembersDialog.vue'

vi.mock('../api/invitations')
vi.mock('../api/projects')
vi.mock('@/features/session/useServerInfo')
const server = vi.mocked(invitationApi)
const members = vi.mocked(projectApi)
let unmount: () => void = () => undefined

const refusal = (code: string) =>
  new ApiError({ type: 'validation', status: 422, title: 'x', errors: [aFieldError('email', code)] })

async function open(options: { role?: Role; mail?: boolean; pending?: Invitation[] } = {}) {
  const { role = 'owner', mail = true, pending = [] } = options
  vi.mocked(useServerInfo).mockReturnValue({ server: shallowRef({ mail } as ServerInfo) })
  server.listInvitations.mockResolvedValue(pending)
  const project = aProject({ role })
  useProjectStore().receive(project)
  const { wrapper } = await mountWith(MembersDialog, { props: { project, open: true } })
  unmount = () => wrapper.unmount()
  await flushPromises()
  return wrapper
}

type Wrapper = Awaited<ReturnType<typeof open>>

async function invite(wrapper: Wrapper, email: string): Promise<void> {
  await wrapper.get('input[type=email]').setValue(email)
  await wrapper.get('form').trigger('submit')
  await flushPromises()
}

function stubClipboard(clipboard: Clipboard | undefined): void {
  vi.spyOn(navigator, 'clipboard', 'get').mockReturnValue(clipboard as Clipboard)
}

const button = (wrapper: Wrapper, text: string) =>
  wrapper.findAll('button').find((one) => one.text() === text)

beforeEach(() => {
  setActivePinia(createPinia())
  vi.resetAllMocks()
  members.listMembers.mockResolvedValue([])
  useAuthStore().user = aUser({ email_verified_at: '2026-11-01T08:00:00Z' })
})

afterEach(() => {
  unmount()
  vi.restoreAllMocks()
})

test('everyone is invited the same way, with the chosen role', async () => {
  server.createInvitation.mockResolvedValue(anInvitation({ role: 'viewer' }))
  const wrapper = await open()
  await wrapper.get('select').setValue('viewer')
  await invite(wrapper, ' bo@example.com')
  expect(server.createInvitation).toHaveBeenCalledWith('project-1', {
    email: 'bo@example.com',
    role: 'viewer',
  })
  expect(wrapper.get('form').text()).toContain(
    'bo@example.com has been invited and becomes a member by accepting.',
  )
  expect(wrapper.get('.invitation').text()).toContain('Can view · valid until')
  expect(wrapper.get<HTMLInputElement>('input[type=email]').element.value).toBe('')
})

test('address errors appear at the field', async () => {
  const wrapper = await open()
  server.createInvitation.mockRejectedValueOnce(refusal('invalid_email'))
  await invite(wrapper, 'bob')
  expect(wrapper.get('form').text()).toContain('This is not a valid email address.')
  for (const [code, said] of [
    ['already_invited', 'This person has already been invited.'],
    ['already_member', 'This person is already a member.'],
  ] as const) {
    const errors = [aFieldError('email', code)]
    const conflict = new ApiError({ type: 'conflict', status: 409, title: 'x', errors })
    server.createInvitation.mockRejectedValueOnce(conflict)
    await invite(wrapper, 'bo@example.com')
    expect(wrapper.get('form').text()).toContain(said)
  }
})

test('an unconfirmed inviter is offered the confirmation mail first', async () => {
  useAuthStore().user = aUser({ email_verified_at: null })
  const wrapper = await open()
  expect(wrapper.find('form').exists()).toBe(false)
  expect(wrapper.text()).toContain('Confirm your email address first')
  expect(button(wrapper, 'Send the mail again')).toBeDefined()
})

test('without mail the link is shared manually', async () => {
  useAuthStore().user = aUser({ email_verified_at: null })
  server.createInvitation.mockResolvedValue(anInvitation())
  const wrapper = await open({ mail: false })
  await invite(wrapper, 'bo@example.com')
  expect(wrapper.get('form').text()).toContain('share the link below with anybody else.')
  expect(wrapper.text()).toContain('This server sends no mail: copy the link and share it yourself.')
  await wrapper.get('[aria-label="Actions for the invitation for bo@example.com"]').trigger('click')
  expect(wrapper.findAll('[role=menuitem]').map((item) => item.text())).toEqual(['Revoke'])
})

test('the link is copied, or shown if copying fails', async () => {
  const writeText = vi.fn(() => Promise.resolve())
  stubClipboard({ writeText } as unknown as Clipboard)
  const wrapper = await open({ pending: [anInvitation()] })
  const copy = wrapper.get('[aria-label="Copy link for bo@example.com"]')
  await copy.trigger('click')
  await flushPromises()
  expect(writeText).toHaveBeenCalledWith('https://todo.example.org/invitations/accept?token=abc')
  expect(wrapper.get('.invitation [role=status]').text()).toBe('Copied to the clipboard.')
  stubClipboard(undefined)
  await copy.trigger('click')
  await flushPromises()
  expect(wrapper.get<HTMLInputElement>('.invitation input').element.value).toContain('token=abc')
})

test('an invitation is resent, and revoked after confirmation', async () => {
  const wrapper = await open({ pending: [anInvitation()] })
  const menu = wrapper.get('[aria-label="Actions for the invitation for bo@example.com"]')
  await menu.trigger('click')
  await wrapper.findAll('[role=menuitem]')[0]?.trigger('click')
  await flushPromises()
  expect(server.sendInvitation).toHaveBeenCalledWith('project-1', 'invitation-1')
  await menu.trigger('click')
  await wrapper.findAll('[role=menuitem]')[1]?.trigger('click')
  expect(server.deleteInvitation).not.toHaveBeenCalled()
  await flushPromises()
  expect(document.activeElement?.textContent?.trim()).toBe('Revoke')
  await button(wrapper, 'Revoke')?.trigger('click')
  await flushPromises()
  expect(server.deleteInvitation).toHaveBeenCalledWith('project-1', 'invitation-1')
  expect(wrapper.find('.invitation').exists()).toBe(false)
  expect(document.activeElement?.textContent).toBe('Invited')
})

test('a refusal keeps it and says why', async () => {
  server.deleteInvitation.mockRejectedValue(new ApiError({ type: 'network', status: 0, title: 'x' }))
  const wrapper = await open({ pending: [anInvitation()] })
  await wrapper.get('[aria-label="Actions for the invitation for bo@example.com"]').trigger('click')
  await wrapper.findAll('[role=menuitem]')[1]?.trigger('click')
  await button(wrapper, 'Revoke')?.trigger('click')
  await flushPromises()
  expect(wrapper.find('.invitation').exists()).toBe(true)
  expect(wrapper.get('[role=alert]').text()).toContain('No connection')
})

test('other members see no invitations', async () => {
  const wrapper = await open({ role: 'editor', pending: [anInvitation()] })
  expect(server.listInvitations).not.toHaveBeenCalled()
  expect(wrapper.find('.invitation').exists()).toBe(false)
})

test('leaving navigates away, and a refusal restores the project', async () => {
  members.listMembers.mockResolvedValue([
    { user_id: 'user-1', name: 'Ada', role: 'editor', joined_at: '2026-11-01T08:00:00Z', email: null },
  ])
  members.removeMember.mockRejectedValueOnce(new ApiError({ type: 'network', status: 0, title: 'x' }))
  const wrapper = await open({ role: 'editor' })
  const leave = async () => {
    for (let click = 0; click < 2; click += 1) await button(wrapper, 'Leave project')?.trigger('click')
    await flushPromises()
  }
  await leave()
  expect(wrapper.emitted('update:open')).toEqual([[false]])
  expect(useProjectStore().get('project-1')).toBeDefined()
  await wrapper.setProps({ open: false })
  await wrapper.setProps({ open: true })
  await leave()
  expect(members.removeMember.mock.calls).toEqual(Array(2).fill(['project-1', 'user-1']))
  expect(useProjectStore().get('project-1')).toBeUndefined()
})
