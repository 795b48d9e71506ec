import { expect, test } from 'vitest'
import { tagColor } from './tagColor'

// `backend/src/tags/model.rs` has the same pairs.
test.each([
  ['work', '#4f5bd5'],
  ['Work', '#4f5bd5'],
  ['急', '#14866d'],
  ['été', '#8e4ec6'],
])('%s is %s, as on the server', (name, color) => {
  expect(tagColor(name)).toBe(color)
})
