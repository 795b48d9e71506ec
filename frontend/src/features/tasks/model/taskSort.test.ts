import { describe, expect, test } from 'vitest'
import type { Task, TaskQuery } from '@/api/types'
import { setCollation } from '@/lib/collation'
import { aTask } from '@/testing/builders'
import dueOrders from '../../../../../backend/tests/api/cases/due-order.json'
import titles from '../../../../../backend/tests/api/cases/sorting.json'
import { place } from './listOrder'
import { comparatorOf, effectiveSort } from './taskSort'

function sorted(query: TaskQuery, tasks: Task[], timeZone = 'UTC'): string[] {
  return [...tasks].sort(comparatorOf(query, timeZone) ?? (() => 0)).map(({ id }) => id)
}

test.each<[TaskQuery, string]>([
  [{}, '-created_at'],
  [{ project_id: 'p' }, 'position'],
  [{ project_id: 'p', q: 'x' }, 'relevance'],
  [{ q: 'x', sort: 'title' }, 'title'],
])('%o sorts by %s', (query, sort) => {
  expect(effectiveSort(query)).toBe(sort)
})

test('the order by relevance is only the server’s', () => {
  expect(comparatorOf({ q: 'x' }, 'UTC')).toBeNull()
})

describe('sorting', () => {
  test('positions compare byte by byte', () => {
    const tasks = ['80c0', '80', 'a', '7f'].map((position) => aTask({ id: position, position }))
    expect(sorted({ sort: 'position' }, tasks)).toEqual(['7f', '80', '80c0', 'a'])
  })

  test('missing keys come last in both directions', () => {
    const tasks = [
      aTask({ id: 'none' }),
      aTask({ id: 'late', due_date: '2026-12-02' }),
      aTask({ id: 'early', due_at: '2026-12-01T12:00:00Z' }),
    ]
    expect(sorted({ sort: 'due' }, tasks)).toEqual(['early', 'late', 'none'])
    expect(sorted({ sort: '-due' }, tasks)).toEqual(['late', 'early', 'none'])
  })

  test('a day counts by its end', () => {
    const tasks = [
      aTask({ id: 'day', due_date: '2026-12-01' }),
      aTask({ id: 'evening', due_at: '2026-12-01T23:00:00Z' }),
      aTask({ id: 'next', due_at: '2026-12-02T00:00:01Z' }),
    ]
    expect(sorted({ sort: 'due' }, tasks)).toEqual(['evening', 'day', 'next'])
  })

  test('priorities and statuses sort by meaning', () => {
    const tasks = (['urgent', 'low', 'high'] as const).map((priority) => aTask({ id: priority, priority }))
    expect(sorted({ sort: '-priority' }, tasks)).toEqual(['urgent', 'high', 'low'])
    const states = (['done', 'todo', 'in_progress'] as const).map((status) => aTask({ id: status, status }))
    expect(sorted({ sort: 'status' }, states)).toEqual(['todo', 'in_progress', 'done'])
  })

  test.each([
    ['zh-CN', titles.zh],
    ['en', titles.en],
  ] as const)('titles in %s, as the server sorts them', (language, expected) => {
    setCollation(language)
    const tasks = [...expected].reverse().map((title) => aTask({ id: title, title }))
    expect(sorted({ sort: 'title' }, tasks)).toEqual(expected)
  })

  test.each(dueOrders)('due in $reader: $why', ({ reader, order }) => {
    const tasks = order.map((due, place) => aTask({ id: String(place), ...due })).reverse()
    expect(sorted({ sort: 'due' }, tasks, reader)).toEqual(['0', '1'])
  })

  test('titles ignore case', () => {
    const tasks = ['b', 'A', 'c'].map((title) => aTask({ id: title, title }))
    expect(sorted({ sort: 'title' }, tasks)).toEqual(['A', 'b', 'c'])
  })

  test('ties are broken by id in the sort direction', () => {
    const tasks = ['2', '1'].map((id) => aTask({ id }))
    expect(sorted({ sort: 'created_at' }, tasks)).toEqual(['1', '2'])
    expect(sorted({ sort: '-created_at' }, tasks)).toEqual(['2', '1'])
  })
})

describe('placing one task', () => {
  const tasks = new Map(['10', '20', '30'].map((position) => [position, aTask({ id: position, position })]))
  const compare = comparatorOf({ sort: 'position' }, 'UTC')
  const put = (ids: string[], task: Task, options: { belongs?: boolean; complete?: boolean } = {}) =>
    place(ids, { id: task.id, task, belongs: true, compare, complete: true, ...options }, (id) =>
      tasks.get(id),
    )

  test('puts it between its neighbours', () => {
    expect(put(['10', '30'], aTask({ id: '20', position: '20' }))).toEqual(['10', '20', '30'])
  })

  test('moves it when its key changed', () => {
    expect(put(['10', '20', '30'], aTask({ id: '10', position: '25' }))).toEqual(['20', '10', '30'])
  })

  test('takes it out when it does not belong', () => {
    expect(put(['10', '20'], aTask({ id: '20' }), { belongs: false })).toEqual(['10'])
  })

  test('leaves it for a later page when that is not loaded', () => {
    expect(put(['10'], aTask({ id: '20', position: '20' }), { complete: false })).toEqual(['10'])
    expect(put(['10'], aTask({ id: '20', position: '20' }))).toEqual(['10', '20'])
  })
})
