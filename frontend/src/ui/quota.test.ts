import { expect, test } from 'vitest'
import { problemFrom } from '@/api/errors'
import { quotaKey } from './quota'

test.each([
  ['tasks_per_project', 'quotas.tasks_per_project'],
  ['moons_per_planet', 'quotas.other'],
])('%s → %s', (name, key) => {
  const error = problemFrom(409, {
    type: '/problems/quota-exceeded',
    title: 'There are as many as there may be',
    quota: { name, limit: 500 },
  })
  expect(error.type).toBe('quota-exceeded')
  expect(error.mayPass).toBe(false)
  expect(error.quota?.limit).toBe(500)
  expect(quotaKey(error.quota)).toBe(key)
})

test('describes an unknown quota', () => {
  expect(quotaKey(problemFrom(409, { type: '/problems/quota-exceeded' }).quota)).toBe('quotas.other')
})
