import { flushPromises } from '@vue/test-utils'
import { expect, test } from 'vitest'
import { mountWith } from '@/testing/mountWith'
import SortNotice from './SortNotice.vue'

test('in one’s own order there is nothing to say', async () => {
  const { wrapper } = await mountWith(SortNotice, { path: '/projects/p?sort=position' })
  expect(wrapper.text()).toBe('')
})

test('sorted it says why nothing moves, and leads back', async () => {
  const { wrapper, router } = await mountWith(SortNotice, { path: '/projects/p?sort=due&tag=work' })
  expect(wrapper.text()).toContain('Sorted: Due date.')
  await wrapper.get('button').trigger('click')
  await flushPromises()
  expect(router.currentRoute.value.query).toEqual({ tag: ['work'] })
  expect(wrapper.text()).toBe('')
})
