import { expect, test } from 'vitest'
import tags from '../../../backend/tests/api/cases/tags.json'
import { fold, hasPart, loose, nameKey, searchForm } from './fold'
import cases from './fold.cases.json'

test.each(cases)('$text is folded as the server does', ({ text, ...expected }) => {
  expect(fold(text)).toBe(expected.fold)
  expect(nameKey(text)).toBe(expected.name_key)
  expect(loose(fold(text))).toBe(expected.loose)
})

test('matching ignores accents', () => {
  expect(searchForm('Rendez-vous Café').includes(searchForm('CAFE'))).toBe(true)
  expect(searchForm('ガス').includes(searchForm('カス'))).toBe(false)
})

test.each(tags)('$first and $second are one tag: $same_tag', ({ first, second, same_tag }) => {
  expect(nameKey(first) === nameKey(second)).toBe(same_tag)
})

test.each([
  ['Spring Release', 'release', true],
  ['Café', 'cafe', true],
  ['ＡＢＣ项目', 'abc', true],
  ['周末搬家', '搬家', true],
  ['Garden', 'gardens', false],
])('%s has %s: %s', (text, part, expected) => {
  expect(hasPart(text, part)).toBe(expected)
})
