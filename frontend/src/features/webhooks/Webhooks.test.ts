import { flushPromises } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ApiError } from '@/api/errors'
import type { Webhook } from '@/api/types'
import { useProjectStore } from '@/features/projects/store/projects'
import { aFieldError, aProject, aWebhook } from '@/testing/builders'
import { mountWith } from '@/testing/mountWith'
import * as api from './api'
import Webhooks from './Webhooks.vue'

vi.mock('./api')
const server = vi.mocked(api)
let unmount: () => void = () => undefined

async function open(webhooks: Webhook[] = []) {
  server.listWebhooks.mockResolvedValue(webhooks)
  useProjectStore().receive(aProject())
  const { wrapper } = await mountWith(Webhooks, {
    props: { id: 'project-1' },
    path: '/projects/project-1/webhooks',
  })
  unmount = () => wrapper.unmount()
  await flushPromises()
  return wrapper
}

type Wrapper = Awaited<ReturnType<typeof open>>

const button = (wrapper: Wrapper, text: string) =>
  wrapper.findAll('button').find((one) => one.text() === text)

async function fillIn(wrapper: Wrapper, url: string): Promise<void> {
  await button(wrapper, 'Add webhook')?.trigger('click')
  await wrapper.get('input[type=url]').setValue(url)
}

async function submit(wrapper: Wrapper): Promise<void> {
  await wrapper.get('dialog form').trigger('submit')
  await flushPromises()
}

beforeEach(() => {
  vi.resetAllMocks()
  setActivePinia(createPinia())
})

afterEach(() => unmount())

test('shows URL, events and state of each', async () => {
  const wrapper = await open([
    aWebhook(),
    aWebhook({
      id: 'webhook-2',
      url: 'https://build.example.org/hook',
      events: ['task.created', 'tag.deleted'],
      is_active: false,
      disabled_reason: 'gone',
      last_status: 410,
    }),
  ])
  const [first, second] = wrapper.findAll('a.row')
  expect(first?.attributes('href')).toBe('/projects/project-1/webhooks/webhook-1')
  expect(first?.text()).toContain('All events · last answer 200')
  expect(second?.text()).toContain('Task created, Tag deleted · last answer 410')
  expect(second?.text()).toContain('Switched off by the server')
})

test('a new one shows its secret once', async () => {
  server.createWebhook.mockResolvedValue({ ...aWebhook({ last_status: null }), secret: 'whsec_abc' })
  const wrapper = await open()
  expect(wrapper.get('.empty').text()).toContain('No webhooks yet')
  await fillIn(wrapper, ' https://hooks.example.org/todo ')
  await submit(wrapper)
  expect(server.createWebhook).toHaveBeenCalledWith('project-1', {
    id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    url: 'https://hooks.example.org/todo',
    events: [],
  })
  expect(wrapper.get<HTMLInputElement>('dialog[open] input[readonly]').element.value).toBe('whsec_abc')
  expect(wrapper.findAll('a.row')).toHaveLength(1)
})

test('retrying after a lost answer creates no duplicate', async () => {
  server.createWebhook.mockRejectedValueOnce(new ApiError({ type: 'network', status: 0, title: 'x' }))
  server.createWebhook.mockResolvedValueOnce({ ...aWebhook(), secret: 'whsec_abc' })
  const wrapper = await open()
  await fillIn(wrapper, 'https://hooks.example.org/todo')
  await submit(wrapper)
  expect(wrapper.get('dialog [role=alert]').text()).toContain('No connection')
  await submit(wrapper)
  const [first, second] = server.createWebhook.mock.calls
  expect(second?.[1].id).toBe(first?.[1].id)
})

test('selecting events requires at least one', async () => {
  server.createWebhook.mockResolvedValue({ ...aWebhook(), secret: 'whsec_abc' })
  const wrapper = await open()
  await fillIn(wrapper, 'https://hooks.example.org/todo')
  await wrapper.findAll('input[type=radio]')[1]?.trigger('change')
  await submit(wrapper)
  expect(wrapper.get('dialog [role=alert]').text()).toBe('Choose at least one kind of event.')
  const member = wrapper.findAll('label').find((label) => label.text() === 'Member added')
  await member?.get('input').setValue(true)
  await submit(wrapper)
  expect(server.createWebhook).toHaveBeenCalledWith(
    'project-1',
    expect.objectContaining({ events: ['member.added'] }),
  )
})

test('a refused URL is explained at the field', async () => {
  const errors = [aFieldError('url', 'url_not_public')]
  server.createWebhook.mockRejectedValue(
    new ApiError({ type: 'validation', status: 422, title: 'x', errors }),
  )
  const wrapper = await open()
  await fillIn(wrapper, 'https://10.0.0.1/')
  await submit(wrapper)
  const field = wrapper.get('input[type=url]')
  expect(field.attributes('aria-invalid')).toBe('true')
  expect(wrapper.get(`[id="${field.attributes('aria-describedby')}"]`).text()).toContain(
    'Webhooks cannot reach the server’s own network.',
  )
})
