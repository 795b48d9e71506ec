import { flushPromises } from '@vue/test-utils'
import { expect, test } from 'vitest'
import { mountWith } from '@/testing/mountWith'
import SortNotice from './SortNotice.vue'

test('the manual order shows no notice', async () => {
  const { wrapper } = await mountWith(SortNotice, { path: '/projects/p?sort=position' })
  expect(wrapper.text()).toBe('')
})

test('a sorted list explains itself and leads back', async () => {
  const { wrapper, router } = await mountWith(SortNotice, { path: '/projects/p?sort=due&tag=work' })
  expect(wrapper.text()).toContain('Sorted: Due date.')
  await wrapper.get('button').trigger('click')
  await flushPromises()
  expect(router.currentRoute.value.query).toEqual({ tag: ['work'] })
  expect(wrapper.text()).toBe('')
})
