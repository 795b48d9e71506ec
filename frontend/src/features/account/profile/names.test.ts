// Names in the page, by the table that the API keeps too: what is refused is said beside the field in one's own language and stays there,
// what is pasted becomes one line, what is taken goes out as it was typed and stands by itself.
import { flushPromises } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ApiError } from '@/api/errors'
import MemberRow from '@/features/projects/members/MemberRow.vue'
import * as usersApi from '@/features/session/api/users'
import { useAuthStore } from '@/features/session/store/auth'
import { i18n } from '@/i18n'
import { oneLine } from '@/lib/oneLine'
import { initials } from '@/lib/person'
import { aFieldError, aUser } from '@/testing/builders'
import { mountWith } from '@/testing/mountWith'
import names from '@/testing/names.json'
import ProfileDetails from './ProfileDetails.vue'

vi.mock('@/features/session/api/auth')
vi.mock('@/features/session/api/users')
vi.mock('@/features/session/api/server', () => ({ getServerInfo: vi.fn(() => new Promise(() => undefined)) }))
const server = vi.mocked(usersApi)
let unmount: () => void = () => undefined

const LINE_BREAKS = /[\t\n\r\u2028]/
const BIDI = /[\u202a-\u202e\u2066-\u2069]/

/** As the API says it. */
function codeOf(name: string): string {
  if (names.refused_without_a_visible_character.includes(name)) return 'blank'
  return BIDI.test(name) ? 'bidi_control' : 'not_one_line'
}

async function commit(name: string) {
  useAuthStore().user = aUser()
  const { wrapper } = await mountWith(ProfileDetails)
  unmount = () => wrapper.unmount()
  const field = wrapper.get<HTMLInputElement>('input[name=name]')
  // An <input> drops line breaks by itself; what gets past it comes from elsewhere.
  await wrapper.getComponent({ name: 'TextField' }).vm.$emit('update:modelValue', name)
  await field.trigger('change')
  await flushPromises()
  return { wrapper, field }
}

beforeEach(() => {
  setActivePinia(createPinia())
  vi.resetAllMocks()
})
afterEach(() => unmount())

test.each([...names.refused, ...names.refused_without_a_visible_character])(
  '%j is refused at the field with our own text, and stays in it',
  async (name) => {
    const errors = [aFieldError('name', codeOf(name), { character: 'U+000A' })]
    server.updateMe.mockRejectedValue(new ApiError({ type: 'validation', status: 422, title: 'x', errors }))
    const { wrapper, field } = await commit(name)
    expect(field.attributes('aria-invalid')).toBe('true')
    expect(wrapper.getComponent({ name: 'TextField' }).props('modelValue')).toBe(name)
    const said = wrapper.get(`#${field.attributes('aria-describedby') ?? ''}`).text()
    expect(said).toBe(i18n.global.t(`errors.fields.${codeOf(name)}`))
  },
)

test.each(names.refused.filter((name) => LINE_BREAKS.test(name)))('%j is pasted as one line', (name) => {
  expect(oneLine(name)).toBe('a b')
})

test.each(names.taken)('%s is sent as typed and isolated from surrounding text', async (name) => {
  server.updateMe.mockImplementation((patch) => Promise.resolve(aUser({ ...patch, version: 2 })))
  const { wrapper } = await commit(name)
  expect(server.updateMe).toHaveBeenCalledExactlyOnceWith({ name })
  wrapper.unmount()
  const row = await mountWith(MemberRow, {
    props: {
      member: { user_id: 'user-2', name, role: 'editor', joined_at: '2026-11-01T08:00:00Z', email: null },
      manage: false,
      asked: false,
      isMe: true,
    },
  })
  unmount = () => row.wrapper.unmount()
  expect(row.wrapper.get('.name bdi').text()).toBe(name)
  expect(initials(name)).toMatch(/[\p{L}\p{N}\p{S}]/u)
})
