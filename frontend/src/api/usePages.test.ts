// @vitest-environment happy-dom
import { flushPromises } from '@vue/test-utils'
import { expect, test, vi } from 'vitest'
import { deferred } from '@/testing/deferred'
import { ApiError } from './errors'
import type { Page } from './types'
import { usePages } from './usePages'

interface Thing {
  id: string
  name?: string
}
const page = (ids: string[], next: string | null = null): Page<Thing> => ({
  items: ids.map((id) => ({ id })),
  next_cursor: next,
})
const idsOf = (things: readonly Thing[]): string[] => things.map(({ id }) => id)

test('continues after the previous page without duplicates', async () => {
  const fetchPage = vi
    .fn()
    .mockResolvedValueOnce(page(['a', 'b'], 'b'))
    .mockResolvedValueOnce(page(['b', 'c']))
  const { items, hasMore, isFirstPage, loadMore } = usePages<Thing>(fetchPage)
  await flushPromises()
  expect([hasMore.value, isFirstPage.value]).toEqual([true, true])
  await loadMore()
  expect(fetchPage).toHaveBeenLastCalledWith('b')
  expect(idsOf(items.value)).toEqual(['a', 'b', 'c'])
  expect([hasMore.value, isFirstPage.value]).toEqual([false, false])
  await loadMore()
  expect(fetchPage).toHaveBeenCalledTimes(2)
})

test('the answer to an older query is ignored', async () => {
  const slow = deferred<Page<Thing>>()
  const fetchPage = vi
    .fn()
    .mockReturnValueOnce(slow.promise)
    .mockResolvedValueOnce(page(['new']))
  const { items, restart, loading } = usePages<Thing>(fetchPage)
  await restart()
  slow.resolve(page(['old']))
  await flushPromises()
  expect(idsOf(items.value)).toEqual(['new'])
  expect(loading.value).toBe(false)
})

test('a failure keeps what is shown, and the next answer clears it', async () => {
  const fetchPage = vi.fn().mockResolvedValue(page(['a']))
  const { items, error, load } = usePages<Thing>(fetchPage)
  await flushPromises()
  fetchPage.mockRejectedValueOnce(new ApiError({ type: 'network', status: 0, title: 'x' }))
  await load()
  expect(error.value?.type).toBe('network')
  expect(items.value).toHaveLength(1)
  await load()
  expect(error.value).toBeNull()
})

test('retrying repeats the failed request', async () => {
  const fetchPage = vi.fn().mockResolvedValueOnce(page(['a'], 'a'))
  const { items, loadMore, retry } = usePages<Thing>(fetchPage)
  await flushPromises()
  fetchPage.mockRejectedValueOnce(new ApiError({ type: 'network', status: 0, title: 'x' }))
  await loadMore()
  fetchPage.mockResolvedValueOnce(page(['b']))
  await retry()
  expect(fetchPage).toHaveBeenLastCalledWith('a')
  expect(idsOf(items.value)).toEqual(['a', 'b'])
})

test('known items are replaced in place, new ones come first', async () => {
  const { items, put } = usePages<Thing>(() => Promise.resolve(page(['a', 'b'])))
  await flushPromises()
  put({ id: 'b', name: 'changed' })
  put({ id: 'c' })
  expect(items.value).toEqual([{ id: 'c' }, { id: 'a' }, { id: 'b', name: 'changed' }])
})
