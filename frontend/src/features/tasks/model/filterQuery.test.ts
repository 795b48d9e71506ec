import { expect, test } from 'vitest'
import { countFilters, noFilters, readFilters, toTaskQuery, writeFilters, type Filters } from './filterQuery'

const full: Filters = {
  q: 'report',
  status: ['todo', 'done'],
  priority: ['high'],
  tag: ['work', 'a,b'],
  assignee: 'me',
  mine: true,
  due: null,
  from: '2026-12-01',
  to: '2026-12-31',
  project: 'project-1',
  sort: '-priority',
}

test('filters round-trip through the URL', () => {
  const written = writeFilters(full, {})
  expect(written).toMatchObject({ status: 'todo,done', tag: ['work', 'a,b'], sort: '-priority' })
  const query = Object.fromEntries(Object.entries(written).filter(([, value]) => value !== undefined))
  expect(readFilters(query as never)).toEqual(full)
})

test('other parts of the URL are kept', () => {
  expect(writeFilters({ ...noFilters(), due: 'today' }, { view: 'board', task: 't', q: 'old' })).toEqual({
    view: 'board',
    task: 't',
    due: 'today',
  })
})

test('invalid values are ignored', () => {
  expect(
    readFilters({
      status: 'open,done',
      priority: 'x',
      due: 'soon',
      from: 'now',
      to: '2026-99-99',
      sort: 'id',
    }),
  ).toEqual({ ...noFilters(), status: ['done'] })
})

test('the request includes both days of a range', () => {
  expect(toTaskQuery(full)).toEqual({
    q: 'report',
    status: ['todo', 'done'],
    priority: ['high'],
    tag: ['work', 'a,b'],
    assignee_id: 'me',
    mine: true,
    due_after: '2026-12-01',
    due_before: '2027-01-01',
    project_id: 'project-1',
    sort: '-priority',
  })
  expect(toTaskQuery(noFilters())).toEqual({})
})

test('counts filters, a range once, sorting never', () => {
  expect(countFilters(full)).toBe(8)
  expect(countFilters({ ...noFilters(), sort: 'title' })).toBe(0)
})
