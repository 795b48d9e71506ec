import { flushPromises } from '@vue/test-utils'
import { expect, test, vi } from 'vitest'
import { defineComponent, h } from 'vue'
import { deferred } from '@/testing/deferred'
import { mountWith } from '@/testing/mountWith'
import { useFilters } from './useFilters'

vi.setConfig({ testTimeout: 20_000 })

test('a filter applied after leaving the page changes nothing', async () => {
  let filters: ReturnType<typeof useFilters> | undefined
  const Page = defineComponent(() => {
    filters = useFilters()
    return () => h('p')
  })
  const { wrapper, router } = await mountWith(Page, { path: '/search' })
  await filters?.set({ q: 'one' })
  expect(router.currentRoute.value.query.q).toBe('one')

  // The next page is on its way: its file is loading, say.
  const file = deferred<boolean>()
  const stop = router.beforeResolve(() => file.promise)
  const leaving = router.push('/inbox')
  await flushPromises()
  await filters?.set({ q: 'late' })
  file.resolve(true)
  await leaving
  stop()
  expect(router.currentRoute.value.fullPath).toBe('/inbox')
  wrapper.unmount()
})
