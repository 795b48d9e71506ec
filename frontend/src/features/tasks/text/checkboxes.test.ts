// @vitest-environment happy-dom
import { expect, test } from 'vitest'
import { setCheckbox } from './checkboxes'

const LIST = '- [ ] milk\n- [x] bread\n'

test.each([
  ['the first', LIST, 0, true, '- [x] milk\n- [x] bread\n'],
  ['one that was set', LIST, 1, false, '- [ ] milk\n- [ ] bread\n'],
  ['a nested one', '* [ ] a\n  * [X] b\n  * [ ] c', 2, true, '* [ ] a\n  * [X] b\n  * [x] c'],
  ['a numbered one', 'Steps:\n\n1. [ ] one\n2. [ ] two', 1, true, 'Steps:\n\n1. [ ] one\n2. [x] two'],
  ['in a quotation', '> - [ ] quoted', 0, true, '> - [x] quoted'],
  ['with the line ends of Windows', '- [ ] a\r\n- [ ] b\r\n', 1, true, '- [ ] a\r\n- [x] b\r\n'],
  ['in Chinese', '- [ ] 买牛奶\n- [ ] 买面包', 1, true, '- [ ] 买牛奶\n- [x] 买面包'],
  ['with a link', '- [ ] [a](https://example.org) [x] b', 0, true, '- [x] [a](https://example.org) [x] b'],
  [
    'after code that looks like one',
    '```\n- [ ] code\n```\n\n    - [ ] code\n\n- [ ] real',
    0,
    true,
    '```\n- [ ] code\n```\n\n    - [ ] code\n\n- [x] real',
  ],
])('%s', (_, text, index, checked, expected) => {
  expect(setCheckbox(text, index, checked)).toBe(expected)
})

test.each([
  ['words in brackets', 'see [ ] there', 0],
  ['one too few', LIST, 2],
  ['code alone', '```\n- [ ] code\n```', 0],
])('%s: there is none', (_, text, index) => {
  expect(setCheckbox(text, index, true)).toBeNull()
})
