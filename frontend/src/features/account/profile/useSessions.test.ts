import { flushPromises } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, test, vi } from 'vitest'
import { ApiError } from '@/api/errors'
import type { DeviceSession } from '@/api/types'
import * as api from '@/features/session/api/auth'
import { useAuthStore } from '@/features/session/store/auth'
import { useSessions } from './useSessions'

vi.mock('@/features/session/api/auth')
const server = vi.mocked(api)

function aDevice(id: string, fields: Partial<DeviceSession> = {}): DeviceSession {
  const at = '2026-11-20T08:00:00Z'
  return {
    id,
    user_agent: '',
    ip_address: '127.0.0.1',
    created_at: at,
    last_used_at: at,
    expires_at: at,
    ends_at: at,
    current: false,
    ...fields,
  }
}

beforeEach(() => {
  setActivePinia(createPinia())
  vi.resetAllMocks()
  server.listSessions.mockResolvedValue([
    aDevice('old'),
    aDevice('recent', { last_used_at: '2026-11-22T08:00:00Z' }),
    aDevice('mine', { current: true }),
  ])
})

async function open() {
  const devices = useSessions()
  await flushPromises()
  return devices
}

test('this device comes first, then the most recently used', async () => {
  const { sessions } = await open()
  expect(sessions.value.map(({ id }) => id)).toEqual(['mine', 'recent', 'old'])
})

test('ending one removes it, a refusal restores it', async () => {
  const { sessions, end } = await open()
  await end('old')
  expect(sessions.value).toHaveLength(2)
  server.endSession.mockRejectedValue(new ApiError({ type: 'network', status: 0, title: 'x' }))
  await expect(end('recent')).rejects.toThrow()
  expect(sessions.value).toHaveLength(2)
})

test('ending all others keeps this one', async () => {
  server.endOtherSessions.mockResolvedValue(2)
  const { sessions, hasOthers, endOthers } = await open()
  expect(await endOthers()).toBe(2)
  expect(sessions.value.map(({ id }) => id)).toEqual(['mine'])
  expect(hasOthers.value).toBe(false)
})

test('a sign-in elsewhere appears automatically', async () => {
  const { sessions } = await open()
  server.listSessions.mockResolvedValue([aDevice('mine', { current: true }), aDevice('new')])
  useAuthStore().receiveSessionChange()
  await flushPromises()
  expect(sessions.value.map(({ id }) => id)).toEqual(['mine', 'new'])
})
