import { expect, test } from 'vitest'
import type { Task, TaskPatch } from '@/api/types'
import { aTask } from '@/testing/builders'
import { inversePatch, isAsLeft, previousOf } from './undoPatch'

test.each<[string, Partial<Task>, TaskPatch, TaskPatch]>([
  ['a status', { status: 'in_progress' }, { status: 'done' }, { status: 'in_progress' }],
  ['two fields', { title: 'a', tags: ['x'] }, { title: 'b', tags: [] }, { title: 'a', tags: ['x'] }],
  ['a day that there was not', {}, { due_date: '2026-12-01' }, { due_date: null }],
  ['a day that was another', { due_date: '2026-11-01' }, { due_date: null }, { due_date: '2026-11-01' }],
  [
    'a day where there was an instant',
    { due_at: '2026-12-01T09:00:00Z' },
    { due_date: '2026-12-02' },
    { due_at: '2026-12-01T09:00:00Z' },
  ],
  [
    'an instant where there was a day',
    { start_date: '2026-12-01' },
    { start_at: '2026-12-02T09:00:00Z' },
    { start_date: '2026-12-01' },
  ],
  [
    'tags: only those that came and went',
    { tags: ['a', 'b'] },
    { add_tags: ['c', 'A'], remove_tags: ['b', 'd'] },
    { add_tags: ['b'], remove_tags: ['c'] },
  ],
  ['a place', {}, { after: 'x' }, { after: 'before' }],
  [
    'another project: its people and its place come back too',
    { assignee_id: 'user-2' },
    { project_id: 'other' },
    { project_id: 'project-1', assignee_id: 'user-2', after: 'before' },
  ],
])('%s', (_, fields, patch, inverse) => {
  expect(inversePatch(aTask(fields), patch, () => 'before')).toEqual(inverse)
})

test('the preceding task in its own project', () => {
  const tasks = [
    aTask({ id: 'a', position: '10' }),
    aTask({ id: 'b', position: '30' }),
    aTask({ id: 'other', position: '40', project_id: 'project-2' }),
    aTask({ id: 'c', position: '50' }),
  ]
  const at = (position: string) => previousOf(aTask({ id: 'moved', position }), tasks)
  expect([at('05'), at('20'), at('45'), at('60')]).toEqual([null, 'a', 'b', 'c'])
})

test('detects changes by somebody else', () => {
  const left = aTask({ status: 'done', title: 'a' })
  expect(isAsLeft({ ...left, title: 'b' }, left, { status: 'done' })).toBe(true)
  expect(isAsLeft({ ...left, status: 'todo' }, left, { status: 'done' })).toBe(false)
})
