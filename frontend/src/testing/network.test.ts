import { expect, test } from 'vitest'
import { http } from '@/api/client'
import { takeUnmocked } from './network'

test('fetch is refused, and counted even if caught', async () => {
  await expect(fetch('/api/v1/tasks', { method: 'POST' })).rejects.toThrow('Unmocked network')
  expect(takeUnmocked()).toEqual(['POST /api/v1/tasks'])
})

test('the API is refused', async () => {
  await expect(http.get('/tasks')).rejects.toThrow('Unmocked network')
  expect(takeUnmocked()).toEqual(['GET /api/v1/tasks'])
})

test('connections are refused', () => {
  expect(() => new WebSocket('ws://localhost/api/v1/live')).toThrow('Unmocked network')
  expect(takeUnmocked()).toEqual(['connection to ws://localhost/api/v1/live'])
})
