import { expect, test } from 'vitest'
import { noFilters } from './filterQuery'
import { isManualOrder, OPEN, statusQuery } from './projectQuery'

test('a plain list has the open top-level tasks', () => {
  expect(statusQuery(noFilters(), 'p', OPEN)).toEqual({
    project_id: 'p',
    status: ['todo', 'in_progress'],
    parent_id: 'none',
  })
})

test('searching finds subtasks too', () => {
  expect(statusQuery({ ...noFilters(), assignee: 'me' }, 'p', OPEN)).not.toHaveProperty('parent_id')
  expect(statusQuery({ ...noFilters(), status: ['todo'] }, 'p', OPEN)).toMatchObject({ parent_id: 'none' })
})

test('an excluded status requests nothing', () => {
  expect(statusQuery({ ...noFilters(), status: ['done'] }, 'p', OPEN)).toBeNull()
  expect(statusQuery({ ...noFilters(), status: ['done', 'todo'] }, 'p', OPEN)?.status).toEqual(['todo'])
})

test('the order is manual unless another is asked for', () => {
  expect(isManualOrder(noFilters())).toBe(true)
  expect(isManualOrder({ ...noFilters(), sort: 'due' })).toBe(false)
  expect(isManualOrder({ ...noFilters(), q: 'x' })).toBe(false)
})
