// @vitest-environment happy-dom
import { beforeEach, expect, test } from 'vitest'
import { deviceShelf, forgetPerson, keeps, openShelf, shelfOf } from './storage'

const kept = (): string[] => [...Object.keys(localStorage), ...Object.keys(sessionStorage)].sort()

beforeEach(() => {
  localStorage.clear()
  sessionStorage.clear()
  for (const id of ['ada', 'bo']) openShelf(id)
})

test('personal entries are visible to nobody else', () => {
  shelfOf('ada').write('draft.1', 'hers', 'session')
  expect(shelfOf('ada').read('draft.1', 'session')).toBe('hers')
  expect(shelfOf('bo').read('draft.1', 'session')).toBeUndefined()
  expect(shelfOf(undefined).read('draft.1', 'session')).toBeUndefined()
  shelfOf(undefined).write('draft.2', 'nobody’s')
  expect(kept()).toEqual(['todo.person.ada.draft.1'])
})

test('signing out removes only that person’s entries', () => {
  deviceShelf.write('preferences', { theme: 'dark' })
  for (const id of ['ada', 'bo']) {
    shelfOf(id).write('views', {})
    shelfOf(id).write('draft.1', 'text', 'session')
  }
  const late = shelfOf('ada')
  forgetPerson('ada')
  // A request that is still under way ends afterwards.
  late.write('draft.1', 'again', 'session')
  expect(kept()).toEqual(['todo.person.bo.draft.1', 'todo.person.bo.views', 'todo.preferences'])
  expect([keeps('ada', 'draft.'), keeps('bo', 'draft.')]).toEqual([false, true])
  openShelf('ada')
  late.write('draft.1', 'new', 'session')
  expect(keeps('ada', 'draft.')).toBe(true)
})

test('entries without an owner from older versions are removed', () => {
  sessionStorage.setItem('todo.draft.task-1.title', '{}')
  localStorage.setItem('todo.views', '{}')
  localStorage.setItem('todo.preferences', '{}')
  localStorage.setItem('of-another-program', '1')
  openShelf('ada')
  expect(kept()).toEqual(['of-another-program', 'todo.preferences'])
})
