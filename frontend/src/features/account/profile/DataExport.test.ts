import { flushPromises } from '@vue/test-utils'
import { beforeEach, expect, test, vi } from 'vitest'
import type { ExportStatus } from '@/api/types'
import { mountWith } from '@/testing/mountWith'
import * as account from './api'
import DataExport from './DataExport.vue'

vi.mock('./api')

const status = (fields: Partial<ExportStatus>): ExportStatus => ({
  state: 'none',
  progress: 0,
  size: null,
  requested_at: null,
  expires_at: null,
  ...fields,
})

beforeEach(() => {
  vi.resetAllMocks()
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
})

test('an export is requested, shows progress, and can be downloaded', async () => {
  vi.mocked(account.getExport).mockResolvedValue(status({}))
  vi.mocked(account.requestExport).mockResolvedValue(status({ state: 'waiting' }))
  const { wrapper } = await mountWith(DataExport, { path: '/profile' })
  await flushPromises()
  await wrapper.get('button').trigger('click')
  await flushPromises()
  expect(wrapper.find('button').exists(), 'one at a time').toBe(false)

  vi.mocked(account.getExport).mockResolvedValue(status({ state: 'running', progress: 40 }))
  await vi.advanceTimersByTimeAsync(2_000)
  expect(wrapper.text()).toContain('40%')
  expect(wrapper.get('progress').attributes('value')).toBe('40')

  const ready = status({ state: 'ready', progress: 100, size: 2_500_000, expires_at: '2026-12-07T08:00:00Z' })
  vi.mocked(account.getExport).mockResolvedValue(ready)
  await vi.advanceTimersByTimeAsync(2_000)
  expect(wrapper.findAll('button').map((button) => button.text())).toEqual([
    'Download (2.5 MB)',
    'Create a new one',
  ])
  vi.useRealTimers()
})
