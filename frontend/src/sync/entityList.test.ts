import { beforeEach, describe, expect, test, vi } from 'vitest'
import { deferred } from '@/testing/deferred'
import { createChildren } from './children'
import { createEntityList, whole } from './entityList'

interface Thing {
  id: string
  text?: string
}
type Answer = { items: Thing[]; next_cursor: string | null }

const refused = new Error('refused')
const things = (...ids: string[]): Thing[] => ids.map((id) => ({ id }))
const ask = vi.fn<(cursor?: string) => Promise<Answer>>()
const remove = vi.fn<(id: string) => Promise<null>>()

function aList(newAt: 'start' | 'end' = 'end') {
  return createEntityList({
    ask,
    newAt,
    idOf: ({ id }: Thing) => id,
    commands: { remove: { show: () => () => undefined, send: (id: string) => remove(id) } },
  })
}

const shown = ({ items }: { items: { value: Thing[] } }): string => items.value.map(({ id }) => id).join('')

beforeEach(() => {
  vi.resetAllMocks()
  ask.mockResolvedValue(whole(things('a', 'b', 'c')) as Answer)
})

test.each([
  ['start', 'nabc'],
  ['end', 'abcn'],
] as const)('is in the order of the answer, with new things at the %s', async (newAt, expected) => {
  const list = aList(newAt)
  await list.load()
  list.receive({ id: 'n' })
  list.receive({ id: 'b', text: 'changed' })
  expect(shown(list)).toBe(expected)
  expect(list.get('b')?.text).toBe('changed')
})

test('takes the order of a later answer, and lets go of what it does not name', async () => {
  const list = aList()
  await list.load()
  ask.mockResolvedValue(whole(things('c', 'a')) as Answer)
  await list.load()
  expect(shown(list)).toBe('ca')
})

test('adds the next page, once', async () => {
  ask.mockResolvedValueOnce({ items: things('a'), next_cursor: 'next' })
  const list = aList()
  await list.load()
  ask.mockResolvedValueOnce({ items: things('a', 'b'), next_cursor: null })
  await Promise.all([list.load({ more: true }), list.load({ more: true })])
  expect(ask.mock.calls).toEqual([[undefined], ['next']])
  expect(shown(list)).toBe('ab')
  await list.load({ more: true })
  expect(ask).toHaveBeenCalledTimes(2)
})

describe('what is removed here', () => {
  test('comes back to its place when that is refused, also when the list was loaded meanwhile', async () => {
    const list = aList()
    await list.load()
    const answer = deferred<null>()
    remove.mockReturnValue(answer.promise)
    const removing = list.store.dispatch('remove', 'b', undefined)
    await list.load()
    expect(shown(list)).toBe('ac')
    answer.reject(refused)
    await expect(removing).rejects.toBe(refused)
    expect(shown(list)).toBe('abc')
  })

  test('does not come back with an answer of before', async () => {
    const list = aList()
    await list.load()
    const slow = deferred<Answer>()
    ask.mockReturnValue(slow.promise)
    const loading = list.load()
    remove.mockResolvedValue(null)
    await list.store.dispatch('remove', 'b', undefined)
    slow.resolve(whole(things('a', 'b', 'c')) as Answer)
    await loading
    expect(shown(list)).toBe('ac')
  })
})

test('says what has failed, and loads again what an answer cannot tell', async () => {
  const list = aList()
  ask.mockRejectedValueOnce(refused)
  await expect(list.load()).rejects.toBe(refused)
  expect([list.error.value?.type, list.loading.value, list.loaded.value]).toEqual(['unknown', false, false])
  const slow = deferred<Answer>()
  ask.mockReturnValueOnce(slow.promise)
  const loading = list.load()
  list.store.outdate()
  slow.resolve(whole(things('old')) as Answer)
  await loading
  expect(shown(list)).toBe('abc')
  expect(list.error.value).toBeNull()
})

test('of children only those that were looked at have a list, and a forgotten one is asked for anew', async () => {
  const lists = createChildren<Thing, ReturnType<typeof aList>>(() => aList())
  lists.peek('p')?.receive({ id: 'unseen' })
  expect(lists.of('p')).toEqual([])
  const slow = deferred<Answer>()
  ask.mockReturnValueOnce(slow.promise)
  const loading = lists.open('p').load()
  lists.forget('p')
  slow.resolve(whole(things('a')) as Answer)
  await loading
  expect(lists.of('p')).toEqual([])
  await lists.open('p').load()
  expect(lists.of('p')).toHaveLength(3)
})
