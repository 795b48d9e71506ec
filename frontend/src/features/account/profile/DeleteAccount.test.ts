import { flushPromises } from '@vue/test-utils'
import { beforeEach, expect, test, vi } from 'vitest'
import { ApiError } from '@/api/errors'
import { useAuthStore } from '@/features/session/store/auth'
import { aFieldError, aUser } from '@/testing/builders'
import { mountWith } from '@/testing/mountWith'
import * as account from './api'
import DeleteAccount from './DeleteAccount.vue'

vi.mock('./api')
vi.mock('@/features/session/api/auth')

const lin = { user_id: 'user-2', name: 'Lin', role: 'editor' } as const

beforeEach(() => {
  vi.resetAllMocks()
  vi.mocked(account.previewDeletion).mockResolvedValue({
    days: 14,
    shared_projects: [
      { id: 'project-1', name: 'Spring', members: [lin] },
      { id: 'project-2', name: 'Autumn', members: [lin] },
    ],
  })
})

async function open() {
  const mounted = await mountWith(DeleteAccount, { path: '/profile' })
  useAuthStore().user = aUser()
  await mounted.wrapper.get('button').trigger('click')
  await flushPromises()
  return mounted
}

test('asks about each shared project and for the password', async () => {
  vi.mocked(account.deleteAccount).mockResolvedValue('2026-12-14T08:00:00Z')
  const { wrapper } = await open()
  const submit = wrapper.get<HTMLButtonElement>('button[type=submit]')
  await wrapper.get('input[name=password]').setValue('seven quiet lanterns')
  const [first, second] = wrapper.findAll('select')
  await first?.setValue('user-2')
  expect(submit.element.disabled, 'the second is not decided').toBe(true)
  await second?.setValue('with-me')
  expect(submit.element.disabled).toBe(false)
  await wrapper.get('form').trigger('submit')
  await flushPromises()
  expect(account.deleteAccount).toHaveBeenCalledWith({
    password: 'seven quiet lanterns',
    projects: [
      { project_id: 'project-1', heir_id: 'user-2' },
      { project_id: 'project-2', heir_id: null },
    ],
  })
  expect(useAuthStore().user).toBeNull()
})

test('a wrong password is shown at its field without signing out', async () => {
  const errors = [aFieldError('password', 'wrong_password')]
  vi.mocked(account.deleteAccount).mockRejectedValue(
    new ApiError({ type: 'validation', status: 422, title: 'x', errors }),
  )
  const { wrapper } = await open()
  await wrapper.get('input[name=password]').setValue('wrong')
  for (const choice of wrapper.findAll('select')) await choice.setValue('with-me')
  await wrapper.get('form').trigger('submit')
  await flushPromises()
  expect(wrapper.get('form').text()).toContain('This is not your password')
  expect(useAuthStore().user).not.toBeNull()
})
