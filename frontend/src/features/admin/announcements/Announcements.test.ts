import { flushPromises } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ApiError } from '@/api/errors'
import { setLanguage } from '@/i18n'
import { aFieldError, anAnnouncement } from '@/testing/builders'
import { mountWith } from '@/testing/mountWith'
import Announcements from './Announcements.vue'
import * as api from './api'

vi.mock('./api')
const server = vi.mocked(api)
let unmount: () => void = () => undefined

async function open() {
  const { wrapper } = await mountWith(Announcements, { path: '/admin/announcements' })
  unmount = () => wrapper.unmount()
  await flushPromises()
  return wrapper
}

type Wrapper = Awaited<ReturnType<typeof open>>

async function write(wrapper: Wrapper, language: string, title: string, text: string): Promise<void> {
  await wrapper.get(`input[lang=${language}]`).setValue(title)
  await wrapper.get(`textarea[lang=${language}]`).setValue(text)
}

async function send(wrapper: Wrapper): Promise<void> {
  await wrapper.get('form').trigger('submit')
  await wrapper.get('dialog .button--primary').trigger('click')
  await flushPromises()
}

beforeEach(() => {
  vi.resetAllMocks()
  setActivePinia(createPinia())
  server.listAnnouncements.mockResolvedValue({ items: [anAnnouncement()], next_cursor: null })
})

afterEach(() => {
  unmount()
  vi.useRealTimers()
})

test('is sent in both languages after preview and confirmation', async () => {
  server.announce.mockResolvedValue(
    anAnnouncement({ id: 'new', recipients: null, reached: 0, finished_at: null }),
  )
  const wrapper = await open()
  await write(wrapper, 'en', ' Maintenance ', 'Tonight\nat ten.')
  await write(wrapper, 'zh-CN', '维护', '今晚十点。')
  expect(wrapper.findAll('form .seen .preview')).toHaveLength(2)
  await wrapper.get('form').trigger('submit')
  expect(server.announce).not.toHaveBeenCalled()
  const dialog = wrapper.get('dialog')
  expect(dialog.text()).toContain('The last one went to 1,200 people.')
  expect(dialog.text()).toContain('今晚十点。')
  await dialog.get('.button--primary').trigger('click')
  await flushPromises()
  expect(server.announce).toHaveBeenCalledWith({
    id: expect.any(String),
    texts: {
      en: { title: 'Maintenance', text: 'Tonight\nat ten.' },
      'zh-CN': { title: '维护', text: '今晚十点。' },
    },
  })
  expect(wrapper.findAll('article')).toHaveLength(2)
  expect(wrapper.get<HTMLInputElement>('input[lang=en]').element.value).toBe('')
})

test('one complete language is required', async () => {
  server.announce.mockResolvedValue(anAnnouncement())
  const wrapper = await open()
  const button = wrapper.get('button[type=submit]')
  await wrapper.get('input[lang=en]').setValue('Maintenance')
  expect(button.attributes('disabled')).toBeDefined()
  await wrapper.get('textarea[lang=en]').setValue('Tonight.')
  expect(wrapper.text()).toContain('People who use 简体中文 get it in English.')
  await wrapper.get('input[lang=zh-CN]').setValue('维护')
  expect(button.attributes('disabled')).toBeDefined()
  await wrapper.get('input[lang=zh-CN]').setValue('')
  await send(wrapper)
  expect(server.announce).toHaveBeenCalledWith(
    expect.objectContaining({ texts: { en: { title: 'Maintenance', text: 'Tonight.' } } }),
  )
})

test('server errors appear at the field and the text is kept', async () => {
  const errors = [aFieldError('texts.en.title', 'too_long', { max: 200 })]
  server.announce.mockRejectedValue(new ApiError({ type: 'validation', status: 422, title: 'x', errors }))
  const wrapper = await open()
  await write(wrapper, 'en', 'Maintenance', 'Tonight.')
  await send(wrapper)
  const field = wrapper.get<HTMLInputElement>('input[lang=en]')
  expect(field.attributes('aria-invalid')).toBe('true')
  expect(field.element.value).toBe('Maintenance')
  expect(wrapper.text()).toContain('At most 200 characters.')
})

test('retrying after a lost answer creates no duplicate', async () => {
  server.announce.mockRejectedValueOnce(new ApiError({ type: 'network', status: 0, title: 'x' }))
  server.announce.mockResolvedValue(anAnnouncement())
  const wrapper = await open()
  await write(wrapper, 'en', 'Maintenance', 'Tonight.')
  await send(wrapper)
  expect(wrapper.get('form [role=alert]').text()).toContain('No connection')
  await send(wrapper)
  await write(wrapper, 'en', 'Another', 'Tomorrow.')
  await send(wrapper)
  const ids = server.announce.mock.calls.map(([{ id }]) => id)
  expect(ids[1]).toBe(ids[0])
  expect(ids[2]).not.toBe(ids[0])
})

test('the progress updates until everyone has been reached', async () => {
  vi.useFakeTimers()
  const going = { recipients: 1200, finished_at: null }
  server.listAnnouncements
    .mockResolvedValueOnce({
      items: [anAnnouncement({ ...going, reached: 0, recipients: null })],
      next_cursor: null,
    })
    .mockResolvedValueOnce({ items: [anAnnouncement({ ...going, reached: 400 })], next_cursor: null })
  const wrapper = await open()
  expect(wrapper.get('article').text()).toContain('Starting…')
  await vi.advanceTimersByTimeAsync(2_500)
  expect(wrapper.get('article').text()).toContain('Reached 400 of 1,200')
  expect(wrapper.get('progress').attributes('value')).toBe('400')
  await vi.advanceTimersByTimeAsync(2_500)
  expect(wrapper.get('article').text()).toContain('Reached all 1,200 people')
  expect(wrapper.find('progress').exists()).toBe(false)
  await vi.advanceTimersByTimeAsync(60_000)
  expect(server.listAnnouncements).toHaveBeenCalledTimes(3)
})

test('each reader sees their language if available', async () => {
  const texts = { en: { title: 'Maintenance', text: 'Tonight.' }, 'zh-CN': { title: '维护', text: '今晚。' } }
  server.listAnnouncements.mockResolvedValue({
    items: [anAnnouncement({ texts }), anAnnouncement({ id: 'english' })],
    next_cursor: null,
  })
  const wrapper = await open()
  await setLanguage('zh-CN')
  await flushPromises()
  expect(wrapper.findAll('article h4').map((title) => title.text())).toEqual(['维护', 'Maintenance'])
  await setLanguage('en')
})
