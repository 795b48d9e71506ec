import { flushPromises } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ApiError } from '@/api/errors'
import * as authApi from '@/features/session/api/auth'
import { useAuthStore } from '@/features/session/store/auth'
import { aFieldError, aUser } from '@/testing/builders'
import { mountWith } from '@/testing/mountWith'
import AddressForm from './AddressForm.vue'

vi.mock('@/features/session/api/auth')
const server = vi.mocked(authApi)
let unmount: () => void = () => undefined

async function submit() {
  useAuthStore().user = aUser()
  const { wrapper } = await mountWith(AddressForm)
  unmount = () => wrapper.unmount()
  await wrapper.get('input[name=new-email]').setValue(' new@example.com')
  await wrapper.get('input[type=password]').setValue('a long password')
  await wrapper.get('form').trigger('submit')
  await flushPromises()
  return wrapper
}

beforeEach(() => {
  setActivePinia(createPinia())
  vi.resetAllMocks()
})

afterEach(() => unmount())

test('with mail on, the address stays until the link is used', async () => {
  server.changeAddress.mockResolvedValue(null)
  const wrapper = await submit()
  expect(server.changeAddress).toHaveBeenCalledWith('new@example.com', 'a long password')
  expect(wrapper.get('[role=status]').text()).toContain('A mail to new@example.com is on its way.')
  expect(useAuthStore().user?.email).toBe('ada@example.com')
  expect(wrapper.get<HTMLInputElement>('input[type=password]').element.value).toBe('')
})

test('without mail it changes immediately', async () => {
  server.changeAddress.mockResolvedValue(aUser({ email: 'new@example.com', version: 9 }))
  const wrapper = await submit()
  expect(useAuthStore().user?.email).toBe('new@example.com')
  expect(wrapper.find('[role=status]').exists()).toBe(false)
})

test.each([
  ['validation', 422, 'password', 'wrong_password', 'This is not your password.'],
  ['validation', 422, 'email', 'same_email', 'This is already your address.'],
  ['conflict', 409, 'email', 'email_taken', 'An account with this email already exists.'],
] as const)('a %s (%i) of the %s is said beside it', async (type, status, field, code, said) => {
  server.changeAddress.mockRejectedValue(
    new ApiError({ type, status, title: 'x', errors: [aFieldError(field, code)] }),
  )
  expect((await submit()).text()).toContain(said)
})
