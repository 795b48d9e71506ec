import { flushPromises } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, test, vi } from 'vitest'
import { ApiError } from '@/api/errors'
import type { AccountDetails } from '@/api/types'
import { useAuthStore } from '@/features/session/store/auth'
import { aFieldError, aUser } from '@/testing/builders'
import { mountWith } from '@/testing/mountWith'
import Accounts from './Accounts.vue'
import * as api from './api'

vi.mock('./api')
const server = vi.mocked(api)

function anAccount(fields: Partial<AccountDetails> = {}): AccountDetails {
  return {
    id: 'user-2',
    name: 'Bo',
    email: 'bo@example.com',
    is_admin: false,
    email_verified_at: null,
    disabled_at: null,
    disabled_reason: null,
    created_at: '2026-11-20T08:00:00Z',
    last_seen_at: null,
    sessions: 1,
    projects_owned: 2,
    projects_shared: 0,
    shared_projects: [],
    ...fields,
  }
}

async function open(account = anAccount()) {
  server.listAccounts.mockResolvedValue({ items: [account], next_cursor: null })
  server.getAccount.mockResolvedValue(account)
  const { wrapper } = await mountWith(Accounts, {})
  await flushPromises()
  await wrapper.get('button.row').trigger('click')
  await flushPromises()
  const button = (text: string, within = wrapper.element) =>
    [...within.querySelectorAll('button')].find((one) => one.textContent?.trim() === text)
  return { wrapper, button }
}

beforeEach(() => {
  vi.resetAllMocks()
  setActivePinia(createPinia())
  useAuthStore().user = aUser({ is_admin: true })
})

test('an account opens and shows its details', async () => {
  const { wrapper } = await open()
  expect(wrapper.text()).toContain('Never signed in')
  expect(wrapper.text()).toContain('owns 2, 0 of them shared')
  wrapper.unmount()
})

test('disabling asks first, sends the reason and shows it', async () => {
  const { wrapper, button } = await open()
  server.changeAccount.mockResolvedValue(
    anAccount({ disabled_at: '2026-11-21T08:00:00Z', disabled_reason: 'Left', sessions: 0 }),
  )
  button('Disable')?.click()
  await flushPromises()
  expect(server.changeAccount).not.toHaveBeenCalled()
  await wrapper.get('dialog[open] input').setValue(' Left ')
  button('Disable', wrapper.get('dialog[open]').element as HTMLElement)?.click()
  await flushPromises()
  expect(server.changeAccount).toHaveBeenCalledWith('user-2', 'disable', 'Left')
  expect(wrapper.get('.row').text()).toContain('Disabled')
  expect(button('Enable')).toBeDefined()
  wrapper.unmount()
})

test('an account with shared projects is deleted only after transferring them', async () => {
  const project = {
    id: 'project-1',
    name: 'House',
    candidates: [{ id: 'user-3', name: 'Cy', email: 'cy@example.com', role: 'editor' as const }],
  }
  const { wrapper, button } = await open(anAccount({ projects_shared: 1, shared_projects: [project] }))
  expect(button('Delete')?.disabled).toBe(true)
  await wrapper.get('select').setValue('user-3')
  server.getAccount.mockResolvedValue(anAccount())
  button('Transfer')?.click()
  await flushPromises()
  expect(server.transferProject).toHaveBeenCalledWith('project-1', 'user-3')
  expect(button('Delete')?.disabled).toBe(false)
  wrapper.unmount()
})

test('your own account can be neither disabled nor deleted here', async () => {
  const { wrapper, button } = await open(anAccount({ id: 'user-1', is_admin: true }))
  expect([button('Disable'), button('Delete')]).toEqual([undefined, undefined])
  server.changeAccount.mockRejectedValue(
    new ApiError({
      type: 'conflict',
      status: 409,
      title: 'x',
      errors: [aFieldError('is_admin', 'last_administrator')],
    }),
  )
  button('Remove administrator rights')?.click()
  await flushPromises()
  button('Remove administrator rights', wrapper.get('dialog[open]').element as HTMLElement)?.click()
  await flushPromises()
  expect(server.changeAccount).toHaveBeenCalledWith('user-1', 'demote', '')
  wrapper.unmount()
})
