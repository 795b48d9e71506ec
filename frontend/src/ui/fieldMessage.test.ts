import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { aFieldError } from '@/testing/builders'
import { fieldMessage } from './fieldMessage'

const root = join(import.meta.dirname, '../..')
const read = (path: string) => JSON.parse(readFileSync(join(root, path), 'utf8'))
const codes: string[] = read('openapi.json').components.schemas.FieldError.properties.code.enum

test('an error is shown by its code and parameters', () => {
  const say = (key: string, values: object) => `${key} ${JSON.stringify(values)}`
  expect(fieldMessage(aFieldError('title', 'too_long', { max: 500 }), () => true, say)).toBe(
    'errors.fields.too_long {"max":500}',
  )
})

test.each(['of_a_newer_server', ''])('the unknown code “%s” uses the server’s sentence', (code) => {
  const hasText = (key: string) => key in { 'errors.fields.': 'x' }
  expect(fieldMessage(aFieldError('title', code), hasText, (key) => key)).toBe('says the server')
})

test.each(['en', 'zh-CN'])('%s has a text for exactly the server’s codes', (language) => {
  const texts = read(`src/i18n/locales/${language}.json`).errors.fields
  expect(codes.length).toBeGreaterThan(50)
  expect(Object.keys(texts)).toEqual([...codes].sort())
})
