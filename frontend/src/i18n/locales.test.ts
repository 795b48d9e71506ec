import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { detectLanguage } from '.'

// Read as text: the build compiles the imported messages.
const root = join(import.meta.dirname, '..')
const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
const source = (file: string): string => readFileSync(join(root, file), 'utf8')

type Sections = Record<string, unknown>
interface Place {
  /** The folder that the texts belong to: `i18n`, or a feature. */
  folder: string
  en: Sections
  zh: Sections
}
const places: Place[] = files
  .filter((file) => file.endsWith('locales/en.json'))
  .map((file) => ({
    folder: dirname(dirname(file)),
    en: JSON.parse(source(file)) as Sections,
    zh: JSON.parse(source(file.replace('en.json', 'zh-CN.json'))) as Sections,
  }))

function flatten(value: unknown, prefix = ''): [string, string][] {
  if (typeof value === 'string') return [[prefix, value]]
  return Object.entries(value as Sections).flatMap(([key, inner]) =>
    flatten(inner, prefix ? `${prefix}.${key}` : key),
  )
}

function keysInOrder(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true
  const keys = Object.keys(value)
  return keys.join() === [...keys].sort().join() && Object.values(value).every(keysInOrder)
}

const en = new Map(places.flatMap((place) => flatten(place.en)))
const zh = new Map(places.flatMap((place) => flatten(place.zh)))
const placeholders = (text = '') => [...new Set(text.match(/\{\w+\}/g))].sort()

test('both languages have the same keys', () => {
  expect(places.length).toBeGreaterThan(5)
  expect([...zh.keys()]).toEqual([...en.keys()])
})

test('each section is defined once', () => {
  const sections = places.flatMap((place) => Object.keys(place.en))
  expect(sections.filter((section, index) => sections.indexOf(section) !== index)).toEqual([])
})

test('no text is empty and both languages use the same parameters', () => {
  for (const [key, text] of en) {
    expect(text.trim(), key).not.toBe('')
    expect(zh.get(key)?.trim(), key).not.toBe('')
    expect(placeholders(zh.get(key)), key).toEqual(placeholders(text))
  }
})

test.each(places)('the keys of $folder are sorted', (place) => {
  expect(keysInOrder(place.en)).toBe(true)
  expect(keysInOrder(place.zh)).toBe(true)
})

const named = files
  .filter((file) => /\.(vue|ts)$/.test(file) && !file.endsWith('.test.ts'))
  .flatMap((file) =>
    [...source(file).matchAll(/\bt\(\s*['`]([^'`$]+)/g)].map(([, key = '']) => ({ file, key })),
  )

test('every key used in the source exists', () => {
  const isThere = (key: string): boolean =>
    key.endsWith('.') ? [...en.keys()].some((one) => one.startsWith(key)) : en.has(key)
  expect(named.filter(({ key }) => !isThere(key))).toEqual([])
})

test.each(['en', 'zh-CN'])('texts in %s loaded with a page are used only there', (language) => {
  const first = source(`app/locales/${language}.ts`)
  const later = places.filter(({ folder }) => !first.includes(`@/${folder}/locales/${language}.json`))
  expect(later.length).toBeGreaterThan(0)
  const folderOf = new Map(
    later.flatMap(({ folder, en }) => Object.keys(en).map((section) => [section, folder])),
  )
  const astray = named.filter(({ file, key }) => {
    const folder = folderOf.get(key.split('.')[0] ?? '')
    return folder !== undefined && !file.startsWith(`${folder}/`)
  })
  expect(astray).toEqual([])
})

test.each([
  [['fr', 'zh-TW', 'en'], 'zh-CN'],
  [['en-GB', 'zh'], 'en'],
  [['fr'], 'en'],
  [[], 'en'],
])('%o speaks %s', (preferred, language) => {
  expect(detectLanguage(preferred)).toBe(language)
})
