// @vitest-environment happy-dom
import { expect, test } from 'vitest'
import { renderMarkdown } from './markdown'
import cases from './markdown.cases.json'

function rendered(text: string): DocumentFragment {
  const fragment = renderMarkdown(text)
  if (!fragment) throw new Error('not rendered')
  return fragment
}

function htmlOf(text: string): string {
  const box = document.createElement('div')
  box.append(rendered(text))
  return box.innerHTML.trim()
}

test('renders what people write', () => {
  expect(htmlOf('**bold** and `code`')).toContain('<strong>bold</strong> and <code>code</code>')
  expect(htmlOf('- 一\n- 二')).toContain('<li>一</li>')
  expect(htmlOf('one\ntwo')).toContain('<br>')
})

test('links open in a new tab without a referrer', () => {
  const link = rendered('[a](https://example.com/?a=1&b=2)').querySelector('a')
  expect(link?.getAttribute('rel')).toBe('noopener noreferrer nofollow')
  expect(link?.getAttribute('target')).toBe('_blank')
  expect(link?.getAttribute('href')).toBe('https://example.com/?a=1&b=2')
})

test.each(['[a](javascript:alert(1))', '[a](data:text/html,x)', '[a](//evil.example)', '[a](/logout)'])(
  '%s leads nowhere',
  (text) => {
    expect(rendered(text).querySelector('[href]')).toBeNull()
  },
)

test('HTML is shown as text', () => {
  const html = htmlOf(
    '<img src=x onerror=alert(1)> <script>alert(1)</script>\n\n<div style="color:red">x</div>',
  )
  expect(html).not.toMatch(/<(img|script|div)/)
  expect(html).toContain('&lt;img')
})

test('an image becomes a link', () => {
  const fragment = rendered('![a cat](https://example.com/cat.png "t")')
  expect(fragment.querySelector('img')).toBeNull()
  expect(fragment.querySelector('a')?.textContent).toBe('a cat')
})

test('each block has its own direction', () => {
  const fragment = rendered('Hello\n\n# שלום\n\nHello\n\n- مرحبا\n\n> سلام\n\n```\ncode\n```')
  const named = [...fragment.querySelectorAll('[dir=auto]')].map(({ tagName }) => tagName)
  expect(named).toEqual(expect.arrayContaining(['H1', 'P', 'UL', 'BLOCKQUOTE']))
  expect(fragment.querySelector('pre')?.closest('[dir]')).toBeNull()
})

test.each(cases)('$text', ({ text, inner_html }) => {
  const box = document.createElement('div')
  box.append(rendered(text))
  for (const link of box.querySelectorAll('a')) {
    link.removeAttribute('rel')
    link.removeAttribute('target')
  }
  expect(box.innerHTML.trim().replace(/^<p>|<\/p>$/g, '')).toBe(inner_html)
})

const GREEDY = [
  '>',
  '> ',
  '>>- ',
  '1. ',
  '_a',
  '*a',
  '**a',
  '_*a',
  '~a',
  '中**「',
  '[',
  '![',
  '[a](',
  '<',
  '<a ',
  '`a',
  '(https://a.b',
]

test.each(GREEDY)('repeated %s does not take long to render', (piece) => {
  renderMarkdown('warm up')
  const text = piece.repeat(20_000 / piece.length)
  const begin = performance.now()
  renderMarkdown(text)
  // Without bounds some take longer than anybody waits; this is far above what it takes on a machine that does other things too.
  expect(performance.now() - begin).toBeLessThan(8000)
})

test.each([
  '>'.repeat(20_000),
  '_a'.repeat(10_000),
  '_*a'.repeat(1000),
  '> '.repeat(40),
  'a\n' + '- '.repeat(40) + 'b',
])('what is too deep stays as it is', (text) => {
  expect(renderMarkdown(text)).toBeNull()
})

test('long ordinary texts are rendered', () => {
  const line =
    '- **一、重点：**见 `code`、2 * 3 * 4 与 snake_case_name，*all* ~~gone~~ https://example.org/a。\n'
  expect(rendered(line.repeat(200)).querySelectorAll('strong')).toHaveLength(200)
  expect(rendered('2 * 3 * 4, a_b_c, *x* and **y** '.repeat(500)).querySelectorAll('em')).toHaveLength(500)
  expect(rendered('a\n\n' + '> '.repeat(20) + 'deep').querySelectorAll('blockquote')).toHaveLength(20)
})
