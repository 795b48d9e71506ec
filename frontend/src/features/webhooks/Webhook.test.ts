import { flushPromises } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ApiError } from '@/api/errors'
import type { Webhook as WebhookState, WebhookDelivery } from '@/api/types'
import { aWebhook, aWebhookDelivery } from '@/testing/builders'
import { mountWith } from '@/testing/mountWith'
import * as api from './api'
import Webhook from './Webhook.vue'

vi.mock('./api')
const server = vi.mocked(api)
let unmount: () => void = () => undefined

const failed = aWebhookDelivery({ state: 'parked', attempts: 2, last_status: 500, sent_at: null })

async function open(webhook: WebhookState = aWebhook(), deliveries: WebhookDelivery[] = [failed]) {
  server.getWebhook.mockResolvedValue(webhook)
  server.listWebhookDeliveries.mockResolvedValue({ items: deliveries, next_cursor: null })
  const { wrapper, router } = await mountWith(Webhook, {
    props: { id: 'project-1', webhookId: 'webhook-1' },
    path: '/projects/project-1/webhooks/webhook-1',
  })
  unmount = () => wrapper.unmount()
  await flushPromises()
  return { wrapper, router }
}

type Wrapper = Awaited<ReturnType<typeof open>>['wrapper']

const button = (wrapper: Wrapper, text: string) =>
  wrapper.findAll('button').find((one) => one.text() === text)

async function choose(wrapper: Wrapper, text: string): Promise<void> {
  await wrapper.get('[aria-label="Webhook menu"]').trigger('click')
  await wrapper
    .findAll('[role=menuitem]')
    .find((item) => item.text() === text)
    ?.trigger('click')
}

beforeEach(() => {
  vi.resetAllMocks()
  setActivePinia(createPinia())
})

afterEach(() => {
  unmount()
  vi.useRealTimers()
})

test('the log has each message with its attempts, answer and body', async () => {
  server.getWebhookDelivery.mockResolvedValue({
    ...failed,
    body: '{"type":"task.created","data":{}}',
    tries: [
      { at: '2026-11-20T08:00:00Z', duration_ms: 31, status: 500, error: null, response_excerpt: 'Oh no' },
      {
        at: '2026-11-20T08:00:05Z',
        duration_ms: 15_000,
        status: null,
        error: 'the receiver took too long',
        response_excerpt: null,
      },
    ],
  })
  const { wrapper } = await open()
  const head = wrapper.get('button.head')
  expect(head.text()).toContain('Task created')
  expect(head.text()).toContain('2 attempts')
  expect(head.text()).toContain('Answered with 500')
  expect(server.getWebhookDelivery).not.toHaveBeenCalled()
  await head.trigger('click')
  await flushPromises()
  const attempts = wrapper.findAll('ol li').map((attempt) => attempt.text())
  expect(attempts[0]).toContain('31 ms')
  expect(attempts[0]).toContain('Oh no')
  expect(attempts[1]).toContain('No answer')
  expect(attempts[1]).toContain('15 sec')
  expect(wrapper.get('[aria-label=Message]').text()).toBe(
    JSON.stringify({ type: 'task.created', data: {} }, null, 2),
  )
})

test('a message is resent and its state updates automatically', async () => {
  vi.useFakeTimers()
  server.getWebhookDelivery.mockResolvedValue({ ...failed, body: '{}', tries: [] })
  server.sendWebhookDeliveryAgain.mockResolvedValue({ ...failed, state: 'pending' })
  const { wrapper } = await open()
  await wrapper.get('button.head').trigger('click')
  await flushPromises()
  await button(wrapper, 'Send again')?.trigger('click')
  await flushPromises()
  expect(server.sendWebhookDeliveryAgain).toHaveBeenCalledWith('project-1', 'webhook-1', 'message-1')
  expect(wrapper.get('button.head').text()).toContain('Waiting')
  const taken = { ...failed, state: 'sent' as const, attempts: 3, last_status: 204 }
  server.listWebhookDeliveries.mockResolvedValue({ items: [taken], next_cursor: null })
  server.getWebhook.mockResolvedValue(aWebhook({ last_status: 204 }))
  await vi.advanceTimersByTimeAsync(2_500)
  expect(wrapper.get('button.head').text()).toContain('Delivered')
  expect(server.getWebhookDelivery).toHaveBeenCalledTimes(3)
  expect(wrapper.get('dl').text()).toContain('204')
})

test('a test event appears in the log', async () => {
  server.testWebhook.mockResolvedValue(
    aWebhookDelivery({ id: 'test', event_type: 'webhook.test', state: 'pending', last_status: null }),
  )
  const { wrapper } = await open(aWebhook(), [])
  expect(wrapper.get('.empty').text()).toContain('Nothing has been sent yet')
  await button(wrapper, 'Send test event')?.trigger('click')
  await flushPromises()
  expect(wrapper.get('button.head').text()).toContain('Test event')
})

test('says why the server switched it off, and switches it on again', async () => {
  const disabled = aWebhook({ is_active: false, disabled_reason: 'failing', last_status: 500 })
  server.updateWebhook.mockResolvedValue(aWebhook())
  const { wrapper } = await open(disabled)
  expect(wrapper.get('.callout').text()).toContain('nothing could be delivered for days')
  expect(button(wrapper, 'Send test event')?.attributes('disabled')).toBeDefined()
  await button(wrapper, 'Switch it on')?.trigger('click')
  await flushPromises()
  expect(server.updateWebhook).toHaveBeenCalledWith('project-1', 'webhook-1', { is_active: true })
  expect(wrapper.find('.callout').exists()).toBe(false)
})

test('says that too many messages were waiting', async () => {
  const { wrapper } = await open(aWebhook({ is_active: false, disabled_reason: 'overloaded' }))
  expect(wrapper.get('.callout').text()).toContain('too many messages were waiting')
})

test('a message that is no longer kept cannot be resent', async () => {
  const sent = aWebhookDelivery({ state: 'sent', last_status: 200 })
  server.getWebhookDelivery.mockResolvedValue({ ...sent, body: null, tries: [] })
  const { wrapper } = await open(aWebhook(), [sent])
  expect(wrapper.text()).not.toContain('no longer kept')
  await wrapper.get('button.head').trigger('click')
  await flushPromises()
  expect(wrapper.get('article').text()).toContain('The message is no longer kept')
  expect(button(wrapper, 'Send again')?.attributes('disabled')).toBeDefined()
  expect(wrapper.find('pre').exists()).toBe(false)
})

test('a new secret is created after confirmation and shown once', async () => {
  server.rotateWebhookSecret.mockResolvedValue({ ...aWebhook(), secret: 'whsec_new' })
  const { wrapper } = await open()
  await choose(wrapper, 'New secret')
  expect(server.rotateWebhookSecret).not.toHaveBeenCalled()
  await wrapper.get('dialog[open] .button--danger').trigger('click')
  await flushPromises()
  const dialog = wrapper.get('dialog[open]')
  expect(dialog.get<HTMLInputElement>('input').element.value).toBe('whsec_new')
  expect(dialog.text()).toContain('valid for 24 hours')
})

test('changes are saved from the dialog', async () => {
  const changed = aWebhook({ url: 'https://new.example.org/', is_active: false })
  server.updateWebhook.mockResolvedValue(changed)
  const { wrapper } = await open(aWebhook({ events: ['task.created'] }))
  await choose(wrapper, 'Edit webhook')
  await wrapper.get('input[type=url]').setValue('https://new.example.org/')
  await wrapper.get('.active input').setValue(false)
  await wrapper.get('dialog form').trigger('submit')
  await flushPromises()
  expect(server.updateWebhook).toHaveBeenCalledWith('project-1', 'webhook-1', {
    url: 'https://new.example.org/',
    events: ['task.created'],
    is_active: false,
  })
  expect(wrapper.get('h1').text()).toBe('new.example.org')
  expect(wrapper.get('.callout').text()).toContain('This webhook is switched off')
})

test('is deleted after confirmation', async () => {
  const { wrapper, router } = await open()
  await choose(wrapper, 'Delete webhook')
  await wrapper.get('dialog[open] .button--danger').trigger('click')
  await flushPromises()
  expect(server.deleteWebhook).toHaveBeenCalledWith('project-1', 'webhook-1')
  expect(router.currentRoute.value.fullPath).toBe('/projects/project-1/webhooks')
})

test('a missing webhook is reported', async () => {
  server.listWebhookDeliveries.mockResolvedValue({ items: [], next_cursor: null })
  server.getWebhook.mockRejectedValue(new ApiError({ type: 'not-found', status: 404, title: 'x' }))
  const { wrapper } = await mountWith(Webhook, { props: { id: 'project-1', webhookId: 'gone' } })
  unmount = () => wrapper.unmount()
  await flushPromises()
  expect(wrapper.get('[role=alert]').text()).toContain('This no longer exists.')
})
