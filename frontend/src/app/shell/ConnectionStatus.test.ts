import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { nextTick } from 'vue'
import { useLiveStore } from '@/sync/live'
import { mountWith } from '@/testing/mountWith'
import ConnectionStatus from './ConnectionStatus.vue'

beforeEach(() => {
  setActivePinia(createPinia())
  useLiveStore().status = 'live'
})

afterEach(() => {
  vi.restoreAllMocks()
})

test('reports offline immediately without promises', async () => {
  const { wrapper } = await mountWith(ConnectionStatus)
  expect(wrapper.find('[data-offline-banner]').exists()).toBe(false)
  vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(false)
  window.dispatchEvent(new Event('offline'))
  await nextTick()
  expect(wrapper.get('[data-offline-banner]').text()).toContain('cannot be saved')
  window.dispatchEvent(new Event('online'))
  await nextTick()
  expect(wrapper.find('[data-offline-banner]').exists()).toBe(false)
})
