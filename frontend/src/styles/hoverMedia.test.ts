import postcss from 'postcss'
import { expect, test } from 'vitest'
import { hoverMedia } from '../../scripts/hoverMedia'

const through = (css: string): string => postcss([hoverMedia()]).process(css, { from: undefined }).css

test.each([
  ['.a:hover { color: red }', '@media (hover: hover) { .a:hover { color: red } }'],
  [
    '.row:is(:hover, :focus-within) .more { opacity: 1 }',
    '.row:is(:focus-within) .more { opacity: 1 } @media (hover: hover) { .row:is(:hover, :focus-within) .more { opacity: 1 } }',
  ],
  ['.a, .b:hover { top: 0 }', '.a { top: 0 } @media (hover: hover) { .b:hover { top: 0 } }'],
  ['@media (hover: hover) { .a:hover { top: 0 } }', '@media (hover: hover) { .a:hover { top: 0 } }'],
  ['.a:focus { top: 0 }', '.a:focus { top: 0 }'],
])('%s', (css, expected) => {
  const plain = (text: string): string => text.replaceAll(/[\s;]+/g, '')
  expect(plain(through(css))).toBe(plain(expected))
})
