import { expect, test, vi } from 'vitest'
import { OptimisticMap } from './optimistic'

interface Thing {
  id: string
  version: number
  name: string
  done?: boolean
}

function aMap() {
  const view = new Map<string, Thing>()
  const onChange = vi.fn()
  return { view, onChange, map: new OptimisticMap<Thing>(view, onChange) }
}

test('a change shows immediately and the answer replaces it', () => {
  const { view, map } = aMap()
  map.put({ id: 'a', version: 1, name: 'old' })
  const change = map.change('a', (thing) => thing && { ...thing, name: 'new' })
  expect(view.get('a')?.name).toBe('new')
  expect(map.confirmed('a')?.name).toBe('old')
  change.commit({ id: 'a', version: 2, name: 'New' })
  expect(view.get('a')).toEqual({ id: 'a', version: 2, name: 'New' })
})

test('a refused change reverts to the server’s current state', () => {
  const { view, map } = aMap()
  map.put({ id: 'a', version: 1, name: 'old' })
  const change = map.change('a', (thing) => thing && { ...thing, name: 'mine' })
  map.put({ id: 'a', version: 2, name: 'theirs' }, 'event')
  expect(view.get('a')?.name).toBe('mine')
  change.rollback()
  expect(view.get('a')).toEqual({ id: 'a', version: 2, name: 'theirs' })
})

test('changes of different fields are independent of each other', () => {
  const { view, map } = aMap()
  map.put({ id: 'a', version: 1, name: 'old' })
  const rename = map.change('a', (thing) => thing && { ...thing, name: 'new' })
  const finish = map.change('a', (thing) => thing && { ...thing, done: true })
  rename.rollback()
  expect(view.get('a')).toEqual({ id: 'a', version: 1, name: 'old', done: true })
  finish.commit({ id: 'a', version: 2, name: 'old', done: true })
  expect(view.get('a')?.version).toBe(2)
})

test('an older version never replaces a newer one, the same one does', () => {
  const { view, map } = aMap()
  map.put({ id: 'a', version: 3, name: 'three' })
  expect(map.put({ id: 'a', version: 2, name: 'two' }, 'event')).toBe(false)
  expect(view.get('a')?.name).toBe('three')
  map.put({ id: 'a', version: 3, name: 'three again' }, 'event')
  expect(view.get('a')?.name).toBe('three again')
})

test('a refused creation leaves nothing', () => {
  const { view, map } = aMap()
  const change = map.change('a', () => ({ id: 'a', version: 0, name: 'draft' }))
  expect(view.has('a')).toBe(true)
  change.rollback()
  expect(view.has('a')).toBe(false)
})

test('a refused removal restores the object', () => {
  const { view, map } = aMap()
  map.put({ id: 'a', version: 1, name: 'old' })
  const change = map.change('a', () => undefined)
  expect(view.has('a')).toBe(false)
  change.rollback()
  expect(view.has('a')).toBe(true)
})

test('an answer older than the removal restores nothing', () => {
  const { view, map } = aMap()
  map.put({ id: 'a', version: 1, name: 'old' })
  map.drop('a')
  map.put({ id: 'a', version: 1, name: 'old' }, 'load')
  expect(view.has('a')).toBe(false)
  map.put({ id: 'a', version: 1, name: 'restored' }, 'event')
  expect(view.has('a')).toBe(true)
})

test('reports changes with their reason, and nothing otherwise', () => {
  const { map, onChange } = aMap()
  const thing = { id: 'a', version: 1, name: 'old' }
  map.put(thing)
  map.put(thing, 'event')
  map.drop('a')
  expect(onChange.mock.calls).toEqual([
    ['a', undefined, thing, 'load'],
    ['a', thing, undefined, 'event'],
  ])
})
