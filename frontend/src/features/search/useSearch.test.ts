import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, test, vi } from 'vitest'
import { defineComponent } from 'vue'
import * as api from '@/features/tasks/api'
import { mountWith } from '@/testing/mountWith'
import { useSearch } from './useSearch'

vi.mock('@/features/tasks/api')

beforeEach(() => {
  setActivePinia(createPinia())
  vi.mocked(api.listTasks).mockReset().mockResolvedValue({ items: [], next_cursor: null })
})

test.each([
  ['due=week', 'due'],
  ['due=overdue', 'due'],
  ['from=2026-12-01', 'due'],
  ['due=week&sort=title', 'title'],
  ['due=none', undefined],
  ['due=week&q=report', undefined],
  ['', undefined],
])('?%s is sorted by %s', async (query, sort) => {
  const page = defineComponent({ setup: () => (useSearch(), () => null) })
  await mountWith(page, { path: `/search?${query}` })
  expect(vi.mocked(api.listTasks).mock.calls[0]?.[0].sort).toBe(sort)
})
