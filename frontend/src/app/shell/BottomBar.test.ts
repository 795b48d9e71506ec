import { expect, test } from 'vitest'
import { mountWith } from '@/testing/mountWith'
import BottomBar from './BottomBar.vue'

test.each([
  ['/projects/p', 'true'],
  ['/search', undefined],
])('on %s projects are current: %s', async (path, current) => {
  const { wrapper } = await mountWith(BottomBar, { path })
  expect(wrapper.get('button').attributes('aria-current')).toBe(current)
})
