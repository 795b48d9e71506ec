// @vitest-environment happy-dom
import { expect, test } from 'vitest'
import { renderMarkdown } from './markdown'

function htmlOf(text: string): string {
  const box = document.createElement('div')
  box.append(renderMarkdown(text))
  return box.innerHTML.trim()
}

test('renders what people write', () => {
  expect(htmlOf('**bold** and `code`')).toContain('<strong>bold</strong> and <code>code</code>')
  expect(htmlOf('- 一\n- 二')).toContain('<li>一</li>')
  expect(htmlOf('one\ntwo')).toContain('<br>')
})

test('links open elsewhere and tell nothing', () => {
  const link = renderMarkdown('[a](https://example.com/?a=1&b=2)').querySelector('a')
  expect(link?.getAttribute('rel')).toBe('noopener noreferrer nofollow')
  expect(link?.getAttribute('target')).toBe('_blank')
  expect(link?.getAttribute('href')).toBe('https://example.com/?a=1&b=2')
})

test.each(['[a](javascript:alert(1))', '[a](data:text/html,x)', '[a](//evil.example)', '[a](/logout)'])(
  '%s leads nowhere',
  (text) => {
    expect(renderMarkdown(text).querySelector('[href]')).toBeNull()
  },
)

test('HTML is shown as text', () => {
  const html = htmlOf(
    '<img src=x onerror=alert(1)> <script>alert(1)</script>\n\n<div style="color:red">x</div>',
  )
  expect(html).not.toMatch(/<(img|script|div)/)
  expect(html).toContain('&lt;img')
})

test('an image is only a link', () => {
  const fragment = renderMarkdown('![a cat](https://example.com/cat.png "t")')
  expect(fragment.querySelector('img')).toBeNull()
  expect(fragment.querySelector('a')?.textContent).toBe('a cat')
})

test('each block finds its own direction', () => {
  const fragment = renderMarkdown('Hello\n\n# שלום\n\nHello\n\n- مرحبا\n\n> سلام\n\n```\ncode\n```')
  const named = [...fragment.querySelectorAll('[dir=auto]')].map(({ tagName }) => tagName)
  expect(named).toEqual(expect.arrayContaining(['H1', 'P', 'UL', 'BLOCKQUOTE']))
  expect(fragment.querySelector('pre')?.closest('[dir]')).toBeNull()
})
