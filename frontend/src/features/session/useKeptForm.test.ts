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

test('typed text returns with its form', () => {
  open().text.value = 'work, ho'
  scope.stop()
  expect(open().text.value).toBe('work, ho')
})

test('sent text does not return', () => {
  const { text } = open()
  text.value = 'work'
  text.value = ''
  scope.stop()
  expect(open().text.value).toBe('')
  expect(sessionStorage.length).toBe(0)
})

test('a refusal that ends the session loses nothing', () => {
  const { text, hold } = open()
  text.value = 'work'
  text.value = ''
  hold('work')
  scope.stop()
  expect(open().text.value).toBe('work')
})

test('newer text is not overwritten', () => {
  const { text, hold } = open()
  text.value = 'next'
  hold('')
  scope.stop()
  expect(open().text.value).toBe('next')
})

test('each object has its own text', () => {
  const { text } = open()
  text.value = 'of one'
  form.value = 'tag.two'
  expect(text.value).toBe('')
  form.value = 'tag.one'
  expect(text.value).toBe('of one')
})

test('the initial value does not count as typed', () => {
  const { text } = open('https://example.org')
  expect(text.value).toBe('https://example.org')
  expect(sessionStorage.length).toBe(0)
  expect(hasUnsent('user-1')).toBe(false)
  text.value = 'https://example.org/hook'
  expect(hasUnsent('user-1')).toBe(true)
})

test('text belongs to one person and is removed on sign-out', () => {
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
