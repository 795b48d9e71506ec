import { expect, test } from 'vitest'
import type { TaskInput } from '@/api/types'
import { noFilters, type Filters } from './filterQuery'
import { newTaskFields } from './newTaskFields'

const TODAY = '2026-12-01'

test.each<[string, Partial<Filters>, Partial<TaskInput>]>([
  ['no filter', {}, {}],
  ['due today', { due: 'today' }, { due_date: TODAY }],
  ['due this week', { due: 'week' }, { due_date: TODAY }],
  ['overdue gives no date', { due: 'overdue' }, {}],
  ['a range around today', { from: '2026-11-01', to: '2026-12-31' }, { due_date: TODAY }],
  ['a range that is still to come', { from: '2026-12-24', to: '2026-12-26' }, { due_date: '2026-12-24' }],
  ['a range that has passed', { from: '2026-10-01', to: '2026-10-31' }, { due_date: '2026-10-31' }],
  ['all tags that are asked for', { tag: ['work', 'home'] }, { tags: ['work', 'home'] }],
  ['a priority', { priority: ['high'] }, { priority: 'high' }],
  ['none among the priorities', { priority: ['none', 'high'] }, {}],
  ['a status', { status: ['in_progress', 'done'] }, { status: 'in_progress' }],
  ['to do among the statuses', { status: ['todo', 'done'] }, {}],
  ['me', { assignee: 'me' }, { assignee_id: 'user-1' }],
  ['somebody', { assignee: 'user-2' }, { assignee_id: 'user-2' }],
  ['nobody', { assignee: 'none' }, {}],
])('%s', (_, filters, fields) => {
  expect(newTaskFields({ ...noFilters(), ...filters }, TODAY, 'user-1')).toEqual(fields)
})
