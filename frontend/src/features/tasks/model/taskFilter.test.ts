import { describe, expect, test } from 'vitest'
import type { Task, TaskFilter } from '@/api/types'
import { aTask } from '@/testing/builders'
import { isOverdue, matchesFilter, type FilterContext } from './taskFilter'

const context: FilterContext = {
  me: 'user-1',
  timeZone: 'Asia/Shanghai',
  // In Shanghai it is the 24th already.
  now: Date.parse('2026-11-23T20:00:00Z'),
  isArchived: (id) => id === 'archived',
  isAlone: (id) => id === 'alone',
}

const matches = (fields: Partial<Task>, filter: TaskFilter) => matchesFilter(aTask(fields), filter, context)

test.each<[string, Partial<Task>, TaskFilter, boolean]>([
  ['no filter takes all', {}, {}, true],
  ['but not the deleted', { deleted_at: '2026-11-23T00:00:00Z' }, {}, false],
  ['its project', {}, { project_id: 'project-1' }, true],
  ['another project', {}, { project_id: 'project-2' }, false],
  ['one of the statuses', { status: 'done' }, { status: ['todo', 'done'] }, true],
  ['none of the statuses', { status: 'done' }, { status: ['todo'] }, false],
  ['an empty list of statuses', { status: 'done' }, { status: [] }, true],
  ['one of the priorities', { priority: 'high' }, { priority: ['high', 'urgent'] }, true],
  ['none of the priorities', { priority: 'low' }, { priority: ['high', 'urgent'] }, false],
  ['all tags, in any case', { tags: ['Work', 'home'] }, { tag: ['work', 'HOME'] }, true],
  ['one tag is missing', { tags: ['work'] }, { tag: ['work', 'home'] }, false],
  ['mine', { assignee_id: 'user-1' }, { assignee_id: 'me' }, true],
  ['not mine', { assignee_id: 'user-2' }, { assignee_id: 'me' }, false],
  ['theirs', { assignee_id: 'user-2' }, { assignee_id: 'user-2' }, true],
  ['nobody’s', { assignee_id: null }, { assignee_id: 'none' }, true],
  ['somebody’s', { assignee_id: 'user-2' }, { assignee_id: 'none' }, false],
  ['assigned to me is mine to do', { assignee_id: 'user-1', created_by: 'user-2' }, { mine: true }, true],
  ['assigned to somebody else is not, though made by me', { assignee_id: 'user-2' }, { mine: true }, false],
  ['nobody’s and made by me', { created_by: 'user-1' }, { mine: true }, true],
  ['nobody’s and made by somebody else', { created_by: 'user-2' }, { mine: true }, false],
  ['nobody’s where I am alone', { created_by: 'user-2', project_id: 'alone' }, { mine: true }, true],
  ['top level', {}, { parent_id: 'none' }, true],
  ['a subtask is not top level', { parent_id: 'p' }, { parent_id: 'none' }, false],
  ['a subtask of it', { parent_id: 'p' }, { parent_id: 'p' }, true],
  ['a subtask of another', { parent_id: 'q' }, { parent_id: 'p' }, false],
  ['of an archived project', { project_id: 'archived' }, {}, false],
  ['of an archived project, which is named', { project_id: 'archived' }, { project_id: 'archived' }, true],
  ['of an archived project, asked for', { project_id: 'archived' }, { archived: true }, true],
])('%s', (_, fields, filter, expected) => {
  expect(matches(fields, filter)).toBe(expected)
})

describe('due in the person’s time zone', () => {
  test.each<[Partial<Task>, NonNullable<TaskFilter['due']>, boolean]>([
    [{ due_date: '2026-11-24' }, 'today', true],
    [{ due_date: '2026-11-23' }, 'today', false],
    [{ due_at: '2026-11-23T16:00:00Z' }, 'today', true],
    [{ due_at: '2026-11-23T15:59:59Z' }, 'today', false],
    [{ due_date: '2026-11-24' }, 'week', true],
    [{ due_date: '2026-11-30' }, 'week', true],
    [{ due_date: '2026-12-01' }, 'week', false],
    [{ due_date: '2026-11-23' }, 'overdue', true],
    [{ due_date: '2026-11-24' }, 'overdue', false],
    [{ due_at: '2026-11-23T19:59:59Z' }, 'overdue', true],
    [{ due_at: '2026-11-23T20:00:01Z' }, 'overdue', false],
    [{ due_date: '2026-11-23', status: 'done' }, 'overdue', false],
    [{ due_date: '2026-11-23', status: 'cancelled' }, 'overdue', false],
    [{}, 'none', true],
    [{ due_date: '2026-11-24' }, 'none', false],
    [{}, 'today', false],
  ])('%o is %s: %s', (fields, due, expected) => {
    expect(matches(fields, { due })).toBe(expected)
  })

  test.each<[Partial<Task>, TaskFilter, boolean]>([
    [{ due_date: '2026-11-24' }, { due_after: '2026-11-24' }, true],
    [{ due_date: '2026-11-24' }, { due_before: '2026-11-24' }, false],
    [{ due_date: '2026-11-24' }, { due_after: '2026-11-20', due_before: '2026-11-25' }, true],
    [{ due_at: '2026-11-23T16:00:00Z' }, { due_after: '2026-11-24' }, true],
    [{ due_at: '2026-11-23T15:59:00Z' }, { due_after: '2026-11-24' }, false],
    [{ due_at: '2026-11-23T15:59:00Z' }, { due_before: '2026-11-23T15:59:01Z' }, true],
    [{ due_date: '2026-11-24' }, { due_after: '2026-11-23T20:00:00Z' }, true],
    [{ due_date: '2026-11-23' }, { due_after: '2026-11-23T20:00:00Z' }, false],
    [{}, { due_before: '2027-01-01' }, false],
  ])('%o within %o: %s', (fields, filter, expected) => {
    expect(matches(fields, filter)).toBe(expected)
  })
})

test('a task without a due date is never overdue', () => {
  expect(isOverdue(aTask(), context)).toBe(false)
})
