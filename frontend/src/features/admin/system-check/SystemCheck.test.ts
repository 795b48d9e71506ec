import { flushPromises } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ApiError } from '@/api/errors'
import type { DoctorReport, ServerFinding } from '@/api/types'
import { setLanguage } from '@/i18n'
import { deferred } from '@/testing/deferred'
import { mountWith } from '@/testing/mountWith'
import * as api from './api'
import * as socket from './openSocket'
import SystemCheck from './SystemCheck.vue'

vi.mock('./api')
vi.mock('./openSocket')
const server = vi.mocked(api)
const { canOpenSocket } = vi.mocked(socket)
let unmount: () => void = () => undefined

const disk: ServerFinding = {
  id: 'disk',
  status: 'problem',
  cause: 'disk_full',
  parameters: { path: '/data', free_bytes: 400_000_000, total_bytes: 60_000_000_000 },
}
const redis: ServerFinding = { id: 'redis', status: 'ok', cause: 'redis_ok', parameters: {} }
const backup: ServerFinding = {
  id: 'backup',
  status: 'warning',
  cause: 'backup_not_configured',
  parameters: {},
}

function aReport(...items: ServerFinding[]): DoctorReport {
  return { checked_at: new Date().toISOString(), version: '0.1.0', items }
}

async function open() {
  const { wrapper } = await mountWith(SystemCheck)
  unmount = () => wrapper.unmount()
  await flushPromises()
  return wrapper
}

beforeEach(() => {
  setActivePinia(createPinia())
  vi.resetAllMocks()
  vi.stubGlobal('isSecureContext', true)
  canOpenSocket.mockResolvedValue(true)
  server.getDoctorReport.mockResolvedValue(aReport(redis, backup, disk))
})

afterEach(() => {
  unmount()
  vi.unstubAllGlobals()
})

test('problems come first, in words, with the fix', async () => {
  const wrapper = await open()
  expect(wrapper.get('[role=status] strong').text()).toBe('1 problem and 1 warning')
  const rows = wrapper.findAll('.finding')
  expect(rows.map((row) => row.get('h3').text())).toEqual([
    'Disk',
    'Backups',
    'Live connection',
    'Secure page',
    'Redis',
    'Clock of this device',
  ])
  expect(rows[0]?.get('.pill').text()).toBe('Problem')
  expect(rows[0]?.text()).toContain('/data has only 400 MB free of 60 GB.')
  expect(rows[0]?.get('.mend').text()).toContain('Free space now')
  expect(rows.at(-1)?.find('.mend').exists()).toBe(false)
})

test('the texts exist in Chinese too', async () => {
  const wrapper = await open()
  await setLanguage('zh-CN')
  await flushPromises()
  expect(wrapper.get('[role=status] strong').text()).toBe('1 个问题和1 个警告')
  expect(wrapper.text()).toContain('/data 共 60 GB，只剩 400 MB。')
  await setLanguage('en')
})

test('checking again reports progress and shows changes', async () => {
  const wrapper = await open()
  const answer = deferred<DoctorReport>()
  server.getDoctorReport.mockReturnValue(answer.promise)
  const again = wrapper.get('button')
  await again.trigger('click')
  expect(wrapper.get('[role=status] strong').text()).toBe('Checking…')
  expect(wrapper.findAll('.finding')).toHaveLength(6)
  answer.resolve(aReport(redis))
  await flushPromises()
  expect(wrapper.get('[role=status] strong').text()).toBe('Everything is OK.')
  expect(wrapper.findAll('.finding')).toHaveLength(4)
})

test('a proxy that blocks WebSockets and a wrong clock are detected', async () => {
  canOpenSocket.mockResolvedValue(false)
  const past = new Date(Date.now() - 300_000).toISOString()
  server.getDoctorReport.mockResolvedValue({ ...aReport(), checked_at: past })
  const wrapper = await open()
  const rows = wrapper.findAll('.finding')
  expect(rows[0]?.text()).toContain('proxy_set_header Upgrade $http_upgrade')
  expect(rows[1]?.text()).toContain('differ by 5 minutes')
})

test('without an answer it says so and retries', async () => {
  server.getDoctorReport.mockRejectedValueOnce(new ApiError({ type: 'network', status: 0, title: 'x' }))
  const wrapper = await open()
  await wrapper.get('[role=alert] button').trigger('click')
  await flushPromises()
  expect(wrapper.find('[role=alert]').exists()).toBe(false)
  expect(wrapper.findAll('.finding')).toHaveLength(6)
})
