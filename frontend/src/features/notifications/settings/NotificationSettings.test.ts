import { flushPromises } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ApiError } from '@/api/errors'
import type { KindPreference, NotificationPreferences } from '@/api/types'
import { mountWith } from '@/testing/mountWith'
import * as api from '../api/preferences'
import NotificationSettings from './NotificationSettings.vue'

vi.mock('../api/preferences')
const server = vi.mocked(api)
let unmount: () => void = () => undefined

function preferences(fields: Partial<NotificationPreferences> = {}): NotificationPreferences {
  return {
    kinds: [
      {
        kind: 'task.assigned',
        in_app: true,
        mail: true,
        mail_is_fixed: false,
        mail_only: false,
        in_digest: true,
      },
      {
        kind: 'security.new_sign_in',
        in_app: true,
        mail: true,
        mail_is_fixed: true,
        mail_only: false,
        in_digest: false,
      },
    ],
    quiet_hours: null,
    digest: null,
    mail_is_on: true,
    email_is_confirmed: true,
    ...fields,
  }
}

async function open(fields: Partial<NotificationPreferences> = {}) {
  server.getPreferences.mockResolvedValue(preferences(fields))
  const { wrapper } = await mountWith(NotificationSettings)
  unmount = () => wrapper.unmount()
  await flushPromises()
  const box = (label: string) => wrapper.get<HTMLInputElement>(`input[aria-label="${label}"]`)
  return { wrapper, box }
}

beforeEach(() => {
  vi.resetAllMocks()
  setActivePinia(createPinia())
})

afterEach(() => unmount())

test('a choice is saved immediately', async () => {
  const { box } = await open()
  server.updatePreferences.mockResolvedValue(preferences())
  await box('Assigned to you: Mail').setValue(false)
  expect(server.updatePreferences).toHaveBeenCalledWith({ kinds: [{ kind: 'task.assigned', mail: false }] })
})

test('a refused choice is reverted', async () => {
  const { box } = await open()
  server.updatePreferences.mockRejectedValue(new ApiError({ type: 'network', status: 0, title: 'x' }))
  await box('Assigned to you: Mail').setValue(false)
  await flushPromises()
  expect(box('Assigned to you: Mail').element.checked).toBe(true)
})

test('security mails cannot be switched off', async () => {
  const { wrapper, box } = await open()
  expect(box('Sign-in from a new device: Mail').element.disabled).toBe(true)
  expect(box('Sign-in from a new device: Here').element.disabled).toBe(false)
  expect(wrapper.text()).toContain('are always sent')
})

test('quiet hours start with defaults, and only complete ones are saved', async () => {
  const { wrapper } = await open()
  const usual = { from: '22:00', until: '07:00' }
  server.updatePreferences.mockImplementation(async ({ quiet_hours }) => preferences({ quiet_hours }))
  await wrapper.get('fieldset input[type=checkbox]').setValue(true)
  await flushPromises()
  expect(server.updatePreferences).toHaveBeenLastCalledWith({ quiet_hours: usual })
  const [from, until] = wrapper.findAll('input[type=text]')
  await until?.setValue('')
  expect(server.updatePreferences).toHaveBeenCalledTimes(1)
  await until?.setValue('06:30')
  expect(server.updatePreferences).toHaveBeenLastCalledWith({
    quiet_hours: { from: '22:00', until: '06:30' },
  })
  await from?.setValue('06:30')
  expect(server.updatePreferences).toHaveBeenCalledTimes(2)
})

test('without mail there is no column for it, and the page says why', async () => {
  const { wrapper } = await open({ mail_is_on: false })
  expect(wrapper.text()).toContain('This server sends no mail')
  expect(wrapper.findAll('thead th')).toHaveLength(2)
  expect(wrapper.find('fieldset').exists()).toBe(false)
})

test('says that an address has to be confirmed first', async () => {
  const { wrapper } = await open({ email_is_confirmed: false })
  expect(wrapper.text()).toContain('Mails start once you have confirmed your address.')
})

test('a digest is saved with its time of day', async () => {
  const { wrapper } = await open()
  server.updatePreferences.mockImplementation(async ({ digest }) => preferences({ digest }))
  expect(wrapper.find('fieldset input[type=text]').exists()).toBe(false)
  await wrapper.findAll('input[type=radio]')[1]?.setValue(true)
  await flushPromises()
  expect(server.updatePreferences).toHaveBeenLastCalledWith({ digest: { frequency: 'daily', at: '08:00' } })
  const time = wrapper.get('fieldset input[type=text]')
  await time.setValue('')
  expect(server.updatePreferences).toHaveBeenCalledTimes(1)
  await time.setValue('18:30')
  await flushPromises()
  expect(server.updatePreferences).toHaveBeenLastCalledWith({ digest: { frequency: 'daily', at: '18:30' } })
  await wrapper.findAll('input[type=radio]')[0]?.setValue(true)
  expect(server.updatePreferences).toHaveBeenLastCalledWith({ digest: null })
})

test('says which mails wait for the digest, and which do not', async () => {
  const kinds: KindPreference[] = [
    ...preferences().kinds,
    {
      kind: 'task.reminder',
      in_app: true,
      mail: true,
      mail_is_fixed: false,
      mail_only: false,
      in_digest: false,
    },
    {
      kind: 'task.due_changed',
      in_app: true,
      mail: false,
      mail_is_fixed: false,
      mail_only: false,
      in_digest: true,
    },
  ]
  const { wrapper } = await open({ kinds, digest: { frequency: 'weekly', at: '07:00' } })
  expect(wrapper.text()).toContain('Combined: Assigned to you.')
  expect(wrapper.text()).toContain('Still sent individually: Sign-in from a new device and Your reminders.')
})

test('mail-only kinds have no in-app choice and no row without mail', async () => {
  const kinds: KindPreference[] = [
    {
      kind: 'digest.weekly',
      in_app: false,
      mail: true,
      mail_is_fixed: false,
      mail_only: true,
      in_digest: false,
    },
  ]
  const { wrapper, box } = await open({ kinds })
  expect(wrapper.findAll('tbody input')).toHaveLength(1)
  expect(wrapper.get('tbody').text()).toContain('By mail only')
  expect(box('Your week at a glance: Mail').element.checked).toBe(true)
  unmount()
  expect((await open({ kinds, mail_is_on: false })).wrapper.findAll('tbody tr')).toHaveLength(0)
})

test('digests can be resubscribed', async () => {
  const news: KindPreference = {
    kind: 'digest.news',
    in_app: false,
    mail: false,
    mail_is_fixed: false,
    mail_only: true,
    in_digest: false,
  }
  const digest = { frequency: 'daily', at: '08:00' } as const
  const { wrapper } = await open({ kinds: [news], digest })
  expect(wrapper.findAll('tbody tr')).toHaveLength(0)
  expect(wrapper.get('.callout').text()).toContain('You have unsubscribed')
  server.updatePreferences.mockResolvedValue(preferences({ kinds: [{ ...news, mail: true }], digest }))
  await wrapper.get('.callout button').trigger('click')
  await flushPromises()
  expect(server.updatePreferences).toHaveBeenCalledWith({ digest })
  expect(wrapper.find('.callout').exists()).toBe(false)
})
