import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { detectLanguage } from '.'

// Read as text: the build compiles the imported messages.
const root = join(import.meta.dirname, '..')
const read = (name: string): unknown => JSON.parse(readFileSync(join(root, 'i18n/locales', name), 'utf8'))
const locales = { en: read('en.json'), 'zh-CN': read('zh-CN.json') }

function flatten(value: unknown, prefix = ''): [string, string][] {
  if (typeof value === 'string') return [[prefix, value]]
  return Object.entries(value as Record<string, unknown>).flatMap(([key, inner]) =>
    flatten(inner, prefix ? `${prefix}.${key}` : key),
  )
}

function keysInOrder(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true
  const keys = Object.keys(value)
  return keys.join() === [...keys].sort().join() && Object.values(value).every(keysInOrder)
}

const en = new Map(flatten(locales.en))
const zh = new Map(flatten(locales['zh-CN']))
const placeholders = (text = '') => [...new Set(text.match(/\{\w+\}/g))].sort()

test('both languages have the same keys', () => {
  expect([...zh.keys()]).toEqual([...en.keys()])
})

test('no text is empty and both fill in the same values', () => {
  for (const [key, text] of en) {
    expect(text.trim(), key).not.toBe('')
    expect(zh.get(key)?.trim(), key).not.toBe('')
    expect(placeholders(zh.get(key)), key).toEqual(placeholders(text))
  }
})

test.each(Object.entries(locales))('the keys of %s are sorted', (_, locale) => {
  expect(keysInOrder(locale)).toBe(true)
})

test('every key that the source names is there', () => {
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) =>
    /\.(vue|ts)$/.test(file),
  )
  const missing = files
    .filter((file) => !file.endsWith('.test.ts'))
    .flatMap((file) => {
      const source = readFileSync(join(root, file), 'utf8')
      return [...source.matchAll(/\bt\(\s*'([^']+)'/g)].map(([, key = '']) => key)
    })
    .filter((key) => !en.has(key))
  expect(missing).toEqual([])
})

test.each([
  [['fr', 'zh-TW', 'en'], 'zh-CN'],
  [['en-GB', 'zh'], 'en'],
  [['fr'], 'en'],
  [[], 'en'],
])('%o speaks %s', (preferred, language) => {
  expect(detectLanguage(preferred)).toBe(language)
})
