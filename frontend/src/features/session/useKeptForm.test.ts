import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { effectScope, ref, type EffectScope } from 'vue'
import { forgetPerson, openShelf } from '@/lib/storage'
import { hasUnsent } from '@/lib/useUnsent'
import { aUser } from '@/testing/builders'
import { useAuthStore } from './store/auth'
import { useKeptText } from './useKeptForm'

let scope: EffectScope
const form = ref('tag.one')

function open(empty = '') {
  scope = effectScope()
  const text = ref('')
  const kept = scope.run(() => useKeptText(form, text, { empty }))
  if (!kept) throw new Error('the scope is over')
  return { text, ...kept }
}

beforeEach(() => {
  sessionStorage.clear()
  localStorage.clear()
  openShelf('user-1')
  form.value = 'tag.one'
  setActivePinia(createPinia())
  useAuthStore().user = aUser()
})

afterEach(() => {
  scope.stop()
})

test('what was typed is there again when its form is', () => {
  open().text.value = 'work, ho'
  scope.stop()
  expect(open().text.value).toBe('work, ho')
})

test('it is not when it was sent', () => {
  const { text } = open()
  text.value = 'work'
  text.value = ''
  scope.stop()
  expect(open().text.value).toBe('')
  expect(sessionStorage.length).toBe(0)
})

test('a refusal that ends the session loses nothing, though the field is gone by then', () => {
  const { text, hold } = open()
  text.value = 'work'
  text.value = ''
  hold('work')
  scope.stop()
  expect(open().text.value).toBe('work')
})

test('what was begun meanwhile is not written over', () => {
  const { text, hold } = open()
  text.value = 'next'
  hold('')
  scope.stop()
  expect(open().text.value).toBe('next')
})

test('each thing has a text of its own', () => {
  const { text } = open()
  text.value = 'of one'
  form.value = 'tag.two'
  expect(text.value).toBe('')
  form.value = 'tag.one'
  expect(text.value).toBe('of one')
})

test('what was there before is nothing typed', () => {
  const { text } = open('https://example.org')
  expect(text.value).toBe('https://example.org')
  expect(sessionStorage.length).toBe(0)
  expect(hasUnsent('user-1')).toBe(false)
  text.value = 'https://example.org/hook'
  expect(hasUnsent('user-1')).toBe(true)
})

test('it is one person’s: another one sees nothing of it, and signing out removes it', () => {
  open().text.value = 'private'
  scope.stop()
  useAuthStore().user = aUser({ id: 'user-2' })
  expect(open().text.value).toBe('')
  scope.stop()
  forgetPerson('user-1')
  openShelf('user-1')
  useAuthStore().user = aUser()
  expect(open().text.value).toBe('')
})
