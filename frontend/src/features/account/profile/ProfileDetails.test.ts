import { flushPromises, type DOMWrapper } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ApiError } from '@/api/errors'
import * as authApi from '@/features/session/api/auth'
import * as usersApi from '@/features/session/api/users'
import { useAuthStore } from '@/features/session/store/auth'
import { aSession, aUser } from '@/testing/builders'
import { mountWith } from '@/testing/mountWith'
import { stubUnavailable } from '@/testing/stubServer'
import ProfileDetails from './ProfileDetails.vue'

vi.mock('@/features/session/api/auth')
vi.mock('@/features/session/api/users')
const server = vi.mocked(usersApi)
let unmount: () => void = () => undefined

async function open() {
  setActivePinia(createPinia())
  vi.mocked(authApi.login).mockResolvedValue(aSession())
  await useAuthStore().login({ email: 'ada@example.com', password: 'x' })
  const { wrapper } = await mountWith(ProfileDetails)
  unmount = () => wrapper.unmount()
  return wrapper
}

/** Typed, and the field not left yet. */
async function type(field: Pick<DOMWrapper<Element>, 'element' | 'trigger'>, text: string): Promise<void> {
  ;(field.element as HTMLInputElement).value = text
  await field.trigger('input')
}

beforeEach(() => {
  stubUnavailable()
  vi.resetAllMocks()
  server.updateMe.mockImplementation((patch) => Promise.resolve(aUser({ ...patch, version: 2 })))
})

afterEach(() => {
  unmount()
  useAuthStore().$dispose()
})

test('a field is saved on blur', async () => {
  const wrapper = await open()
  const name = wrapper.get('input[name=name]')
  await type(name, 'Ada Lovelace')
  expect(server.updateMe).not.toHaveBeenCalled()
  await name.trigger('change')
  await flushPromises()
  expect(server.updateMe).toHaveBeenCalledExactlyOnceWith({ name: 'Ada Lovelace' })
  expect(wrapper.get('[role=status]').text()).toBe('Saved.')
  expect(wrapper.find('button[type=submit]').exists()).toBe(false)
})

test('a focused field is saved when the page is left', async () => {
  const wrapper = await open()
  await type(wrapper.get('input[name=name]'), 'Ada Lovelace')
  wrapper.unmount()
  unmount = () => undefined
  await flushPromises()
  expect(server.updateMe).toHaveBeenCalledExactlyOnceWith({ name: 'Ada Lovelace' })
})

test('an unknown zone is kept and marked, and the rest can be saved once fixed', async () => {
  const wrapper = await open()
  const zone = wrapper.get('input[name=time-zone]')
  await zone.setValue('Europe/Nowhere')
  expect(server.updateMe).not.toHaveBeenCalled()
  expect(zone.attributes('aria-invalid')).toBe('true')
  await zone.setValue('Europe/Berlin')
  await flushPromises()
  expect(server.updateMe).toHaveBeenCalledExactlyOnceWith({ time_zone: 'Europe/Berlin' })
})

test('unsaved input stays, with a retry button', async () => {
  server.updateMe.mockRejectedValueOnce(new ApiError({ type: 'network', status: 0, title: 'x' }))
  const wrapper = await open()
  await wrapper.get('input[name=name]').setValue('Ada Lovelace')
  await flushPromises()
  expect(wrapper.get<HTMLInputElement>('input[name=name]').element.value).toBe('Ada Lovelace')
  await wrapper.get('form').trigger('submit')
  await flushPromises()
  expect(server.updateMe).toHaveBeenCalledTimes(2)
  expect(wrapper.find('button[type=submit]').exists()).toBe(false)
})
