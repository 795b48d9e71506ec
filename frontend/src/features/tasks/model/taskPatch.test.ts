import { expect, test } from 'vitest'
import { aTask } from '@/testing/builders'
import { applyPatch, draftTask, openDelta } from './taskPatch'

const now = Date.parse('2026-11-23T08:00:00Z')
const context = { now, me: 'user-1', positionOf: (id: string) => (id === 'other' ? '80' : undefined) }

test('a day clears an instant and the other way round', () => {
  const task = aTask({ due_at: '2026-12-01T08:00:00Z', start_date: '2026-11-01' })
  expect(applyPatch(task, { due_date: '2026-12-02' }, context)).toMatchObject({
    due_date: '2026-12-02',
    due_at: null,
    start_date: '2026-11-01',
  })
  expect(applyPatch(task, { start_at: '2026-11-02T08:00:00Z' }, context).start_date).toBeNull()
  expect(applyPatch(task, { due_date: null }, context).due_at).toBe('2026-12-01T08:00:00Z')
})

test('completion sets a time, and reopening clears it', () => {
  const done = applyPatch(aTask(), { status: 'done' }, context)
  expect(done.completed_at).toBe('2026-11-23T08:00:00.000Z')
  expect(applyPatch(done, { status: 'todo' }, context).completed_at).toBeNull()
  expect(applyPatch(done, { title: 'x' }, context).completed_at).toBe(done.completed_at)
})

test('a move sets the position without sending other fields', () => {
  const moved = applyPatch(aTask(), { after: 'other' }, context)
  expect(moved.position > '80' && moved.position < '81').toBe(true)
  expect('after' in moved).toBe(false)
})

test('a draft comes first and belongs to me', () => {
  const draft = draftTask({ id: 'new', project_id: 'project-1', title: 'Buy milk' }, context)
  expect(draft).toMatchObject({ title: 'Buy milk', created_by: 'user-1', version: 0 })
  expect(draft.position < '0').toBe(true)
})

test('the number of open tasks follows status and project', () => {
  const open = aTask()
  const done = aTask({ status: 'done' })
  expect(openDelta(undefined, open, 'project-1')).toBe(1)
  expect(openDelta(open, done, 'project-1')).toBe(-1)
  expect(openDelta(done, undefined, 'project-1')).toBe(0)
  expect(openDelta(open, aTask({ project_id: 'project-2' }), 'project-1')).toBe(-1)
  expect(openDelta(open, aTask({ project_id: 'project-2' }), 'project-2')).toBe(1)
})

test('tags are added and removed individually', () => {
  const task = aTask({ tags: ['Home', '工作'] })
  expect(applyPatch(task, { add_tags: ['home', 'garden'] }, context).tags).toEqual(['Home', '工作', 'garden'])
  expect(applyPatch(task, { remove_tags: ['home'] }, context).tags).toEqual(['工作'])
  expect(applyPatch(task, { add_tags: ['b'], remove_tags: ['工作'] }, context).tags).toEqual(['Home', 'b'])
  expect(applyPatch(task, { add_tags: ['b'] }, context)).not.toHaveProperty('add_tags')
})
