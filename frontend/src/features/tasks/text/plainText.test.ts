import { expect, test } from 'vitest'
import cases from './markdown.cases.json'
import { renderMarkdown } from './markdown'
import { isPlainText } from './plainText'

/** What the reader would see of one paragraph; any other element remains in it. */
function linesOf(text: string): string {
  const box = document.createElement('div')
  box.append(renderMarkdown(text) ?? '')
  return box.innerHTML
    .trim()
    .replace(/^<p[^>]*>(.*)<\/p>$/s, '$1')
    .replaceAll('<br>', '\n')
}

test.each([
  'Two litres, and the bread.',
  '买两升牛奶，还有面包。',
  'Ask Lin (she knows)!\nThen call “the shop”; no, write.',
  '先问小林；\n然后打电话。',
])('plain text looks the same without the renderer: %s', (text) => {
  expect(isPlainText(text)).toBe(true)
  expect(linesOf(text)).toBe(text)
})

test.each([
  '**bold**',
  '- a list',
  '1. a list',
  '# heading',
  'https://example.com',
  'www.example.com',
  'lin@example.com',
  'One.\n\nTwo.',
  '    code',
  '`code`',
  'a &amp; b',
  'Heading\n---',
  'a | b\n- | -',
  'a \\* b',
])('what Markdown gives a meaning is rendered: %s', (text) => {
  expect(isPlainText(text)).toBe(false)
})

test('of all samples, what is taken for plain is rendered as it was typed', () => {
  const texts = JSON.stringify(cases)
    .split('"')
    .flatMap((text) => text.split('\\n'))
    .filter((text) => isPlainText(text) && text.trim() === text && text !== '')
  expect(texts.length).toBeGreaterThan(3)
  for (const text of texts) expect(linesOf(text)).toBe(text)
})
