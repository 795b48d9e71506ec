import { beforeEach, describe, expect, test, vi } from 'vitest'
import { abandonSession } from '@/api/session'
import { openShelf, shelfOf } from '@/lib/storage'
import { deferred } from '@/testing/deferred'
import { EntityStore } from './entityStore'
import { createOutbox } from './outbox'

interface Thing {
  id: string
  version: number
  name: string
  done?: boolean
}
type Patch = Partial<Omit<Thing, 'id'>>

const refused = new Error('refused')
const old: Thing = { id: 'a', version: 1, name: 'old' }
const server = {
  create: vi.fn<(id: string, thing: Thing) => Promise<Thing>>(),
  update: vi.fn<(id: string, patch: Patch) => Promise<Thing>>(),
  remove: vi.fn<(id: string) => Promise<void>>(),
  touch: vi.fn<(id: string) => Promise<void>>(),
}
const outbox = createOutbox('things', shelfOf('user-1'))

function aStore() {
  const view = new Map<string, Thing>()
  const onChange = vi.fn()
  const store = new EntityStore(view, {
    idOf: ({ id }) => id,
    versionOf: ({ version }) => version,
    onChange,
    outbox: () => outbox,
    commands: {
      create: { show: (_id: string, thing: Thing) => () => thing, send: server.create },
      update: {
        show: (_id: string, patch: Patch) => (thing: Thing | undefined) => thing && { ...thing, ...patch },
        send: server.update,
      },
      remove: {
        show: () => () => undefined,
        alongside: () => ['b'],
        send: server.remove,
        settle: () => null,
      },
      /** Its answer says nothing of the thing. */
      touch: {
        show: () => (thing: Thing | undefined) => thing && { ...thing, done: true },
        send: server.touch,
      },
    },
  })
  return { view, onChange, store }
}

beforeEach(() => {
  vi.resetAllMocks()
  sessionStorage.clear()
  openShelf('user-1')
})

describe('a change', () => {
  test('shows at once and the answer replaces it', async () => {
    const { view, store } = aStore()
    store.put(old)
    server.update.mockResolvedValue({ id: 'a', version: 2, name: 'New' })
    const change = store.dispatch('update', 'a', { name: 'new' })
    expect(view.get('a')?.name).toBe('new')
    expect(store.confirmed('a')?.name).toBe('old')
    expect(store.isPending('update', 'a')).toBe(true)
    await change
    expect(view.get('a')).toEqual({ id: 'a', version: 2, name: 'New' })
    expect(store.isPending('update', 'a')).toBe(false)
  })

  test('that is refused goes back to what the server says by then', async () => {
    const { view, store } = aStore()
    store.put(old)
    server.update.mockRejectedValue(refused)
    const change = store.dispatch('update', 'a', { name: 'mine' })
    store.put({ id: 'a', version: 2, name: 'theirs' }, 'event')
    expect(view.get('a')?.name).toBe('mine')
    await expect(change).rejects.toBe(refused)
    expect(view.get('a')).toEqual({ id: 'a', version: 2, name: 'theirs' })
    expect(store.isChanging('a')).toBe(false)
  })

  test('that is refused leaves those that were made after it', async () => {
    const { view, store } = aStore()
    store.put(old)
    server.update.mockRejectedValueOnce(refused)
    const second = deferred<Thing>()
    server.update.mockReturnValueOnce(second.promise)
    const rename = store.dispatch('update', 'a', { name: 'new' })
    const finish = store.dispatch('update', 'a', { done: true })
    await expect(rename).rejects.toBe(refused)
    expect(view.get('a')).toEqual({ id: 'a', version: 1, name: 'old', done: true })
    second.resolve({ id: 'a', version: 2, name: 'old', done: true })
    await finish
    expect(view.get('a')?.version).toBe(2)
  })

  test('that makes something leaves nothing when it is refused', async () => {
    const { view, store } = aStore()
    server.create.mockRejectedValue(refused)
    const change = store.dispatch('create', 'a', { id: 'a', version: 0, name: 'draft' })
    expect(view.has('a')).toBe(true)
    await expect(change).rejects.toBe(refused)
    expect(view.has('a')).toBe(false)
  })

  test('that removes takes others along, and brings all back when it is refused', async () => {
    const { view, store } = aStore()
    store.put(old)
    store.put({ ...old, id: 'b' })
    server.remove.mockRejectedValueOnce(refused)
    const change = store.dispatch('remove', 'a', undefined)
    expect(view.size).toBe(0)
    await expect(change).rejects.toBe(refused)
    expect([...view.keys()]).toEqual(['a', 'b'])
    await store.dispatch('remove', 'a', undefined)
    expect(store.confirmed('b')).toBeUndefined()
    expect(store.hasGone('a')).toBe(true)
  })

  test('whose answer says nothing of the thing is as it was shown', async () => {
    const { store } = aStore()
    store.put(old)
    await store.dispatch('touch', 'a', undefined)
    expect(store.confirmed('a')).toEqual({ ...old, done: true })
  })

  test('does not bring back what went while it was under way', async () => {
    const { view, store } = aStore()
    store.put(old)
    const answer = deferred<Thing>()
    server.update.mockReturnValue(answer.promise)
    const change = store.dispatch('update', 'a', { name: 'new' })
    store.drop('a')
    answer.resolve({ ...old })
    await change
    expect(view.has('a')).toBe(false)
  })
})

describe('the queue', () => {
  test('sends the changes of one thing one after the other, and those of others at once', async () => {
    const { store } = aStore()
    for (const id of ['a', 'c']) store.put({ ...old, id })
    const first = deferred<Thing>()
    server.update.mockReturnValueOnce(first.promise)
    server.update.mockImplementation((id, patch) => Promise.resolve({ ...old, id, ...patch, version: 3 }))
    const changes = [
      store.dispatch('update', 'a', { name: 'one' }),
      store.dispatch('update', 'a', { name: 'two' }),
      store.dispatch('update', 'c', { name: 'other' }),
    ]
    expect(server.update.mock.calls.map(([id, { name }]) => [id, name])).toEqual([
      ['a', 'one'],
      ['c', 'other'],
    ])
    first.resolve({ ...old, version: 2, name: 'one' })
    await Promise.all(changes)
    expect(server.update.mock.lastCall).toEqual(['a', { name: 'two' }])
    expect(store.confirmed('a')?.name).toBe('two')
  })

  test('goes on when one is refused', async () => {
    const { store } = aStore()
    store.put(old)
    server.update.mockRejectedValueOnce(refused).mockResolvedValueOnce({ ...old, version: 2, name: 'two' })
    const first = expect(store.dispatch('update', 'a', { name: 'one' })).rejects.toBe(refused)
    await store.dispatch('update', 'a', { name: 'two' })
    await first
    expect(store.confirmed('a')?.name).toBe('two')
  })

  test('sends nothing for somebody who has left', async () => {
    const { store } = aStore()
    store.put(old)
    const first = deferred<Thing>()
    server.update.mockReturnValueOnce(first.promise)
    const one = store.dispatch('update', 'a', { name: 'one' })
    const two = expect(store.dispatch('update', 'a', { name: 'two' })).rejects.toMatchObject({
      name: 'AbortError',
    })
    abandonSession()
    first.resolve({ ...old, version: 2, name: 'one' })
    await Promise.all([one, two])
    expect(server.update).toHaveBeenCalledTimes(1)
  })

  test('waits for nobody when the page goes', async () => {
    const { store } = aStore()
    store.put(old)
    server.update.mockReturnValue(new Promise(() => undefined))
    void store.dispatch('update', 'a', { name: 'one' })
    void store.dispatch('update', 'a', { name: 'two' })
    window.dispatchEvent(new Event('pagehide'))
    await vi.waitFor(() => expect(server.update).toHaveBeenCalledTimes(2))
  })
})

describe('a kept change', () => {
  const draft: Thing = { id: 'a', version: 0, name: 'draft' }

  test('is in the outbox until it is answered, and is not sent twice at once', async () => {
    const { store } = aStore()
    const answer = deferred<Thing>()
    server.create.mockReturnValue(answer.promise)
    const change = store.dispatch('create', 'a', draft, { keep: true })
    expect(outbox.waiting()).toMatchObject([{ thing: 'a', kind: 'create', input: draft }])
    expect(store.unsent()).toEqual([])
    answer.resolve({ ...draft, version: 1 })
    await change
    expect(outbox.waiting()).toEqual([])
  })

  test('that had no answer is sent again by the page after, as it was and in its place', async () => {
    const before = aStore().store
    server.create.mockRejectedValue(refused)
    for (const id of ['a', 'b']) {
      await before.dispatch('create', id, { ...draft, id }, { keep: true }).catch(() => undefined)
    }
    const { store, view } = aStore()
    expect(store.unsent().map(({ thing }) => thing)).toEqual(['a', 'b'])
    server.create.mockReset().mockImplementation((id) => Promise.resolve({ ...draft, id, version: 1 }))
    for (const change of store.unsent()) await store.resend(change)
    expect(server.create.mock.calls).toEqual([
      ['a', draft],
      ['b', { ...draft, id: 'b' }],
    ])
    expect([...view.values()].map(({ version }) => version)).toEqual([1, 1])
    expect(store.unsent()).toEqual([])
  })

  test('can be discarded, and is nobody else’s', async () => {
    const { store } = aStore()
    server.create.mockRejectedValue(refused)
    await store.dispatch('create', 'a', draft, { keep: true }).catch(() => undefined)
    expect(createOutbox('things', shelfOf('user-2')).waiting()).toEqual([])
    expect(createOutbox('others', shelfOf('user-1')).waiting()).toEqual([])
    for (const change of store.unsent()) store.discard(change)
    expect(store.unsent()).toEqual([])
  })

  test('of a kind that this version does not know is refused', async () => {
    const { store } = aStore()
    const change = { key: '1', thing: 'a', kind: 'toString', input: null }
    await expect(store.resend(change)).rejects.toThrow(TypeError)
  })
})

describe('what the server says', () => {
  test('an older version never replaces a newer one, the same one does', () => {
    const { view, store } = aStore()
    store.put({ id: 'a', version: 3, name: 'three' })
    expect(store.put({ id: 'a', version: 2, name: 'two' }, 'event')).toBe(false)
    expect(view.get('a')?.name).toBe('three')
    store.put({ id: 'a', version: 3, name: 'three again' }, 'event')
    expect(view.get('a')?.name).toBe('three again')
  })

  test('the same again draws nothing anew', () => {
    const { view, store } = aStore()
    store.put(old)
    store.put({ ...old })
    expect(view.get('a')).toBe(old)
  })

  test('an answer that is older than the removal does not bring a thing back', () => {
    const { view, store } = aStore()
    store.put(old)
    store.drop('a')
    store.put(old, 'load')
    expect(view.has('a')).toBe(false)
    store.put({ ...old, name: 'restored' }, 'event')
    expect(view.has('a')).toBe(true)
  })

  test('without versions the last word counts, completed with what only the known one has', () => {
    interface Member {
      user: string
      role: string
      email: string | null
    }
    const view = new Map<string, Member>()
    const store = new EntityStore(view, {
      idOf: (member: Member) => member.user,
      complete: (arrived, known) => ({ ...arrived, email: arrived.email ?? known.email }),
    })
    store.put({ user: 'lin', role: 'editor', email: 'lin@example.com' })
    store.put({ user: 'lin', role: 'viewer', email: null }, 'event')
    expect(view.get('lin')).toEqual({ user: 'lin', role: 'viewer', email: 'lin@example.com' })
  })

  test('tells what changed and why, and nothing when nothing did', () => {
    const { store, onChange } = aStore()
    store.put(old)
    store.put(old, 'event')
    store.drop('a')
    expect(onChange.mock.calls).toEqual([
      ['a', undefined, old, 'load'],
      ['a', old, undefined, 'event'],
    ])
  })
})

describe('a load', () => {
  test('drops what it covers and does not name, unless that came meanwhile', async () => {
    const { view, store } = aStore()
    for (const id of ['stays', 'gone', 'outside']) store.put({ ...old, id })
    const answer = deferred<Thing[]>()
    const loading = store.load(
      () => answer.promise,
      'scope',
      ({ id }) => id !== 'outside',
    )
    store.put({ ...old, id: 'came' }, 'event')
    store.put({ ...old, id: 'went' }, 'event')
    store.drop('went')
    answer.resolve(['stays', 'went'].map((id) => ({ ...old, id })))
    expect(await loading).toBe(true)
    expect([...view.keys()].sort()).toEqual(['came', 'outside', 'stays'])
  })

  test('is over when its scope is asked for again, and not with another scope', async () => {
    const { view, store } = aStore()
    const answers = [deferred<Thing[]>(), deferred<Thing[]>(), deferred<Thing[]>()] as const
    const first = store.load(() => answers[0].promise, 'one')
    const other = store.load(
      () => answers[1].promise,
      'two',
      ({ id }) => id === 'b',
    )
    const second = store.load(
      () => answers[2].promise,
      'one',
      ({ id }) => id === 'a',
    )
    answers[2].resolve([{ ...old, name: 'later' }])
    answers[1].resolve([{ ...old, id: 'b' }])
    answers[0].reject(refused)
    expect(await Promise.all([first, other, second])).toEqual([false, true, true])
    expect([...view.values()].map(({ name }) => name)).toEqual(['later', 'old'])
  })
})

describe('after clear', () => {
  test('no answer of before counts: neither to a load, nor to a change', async () => {
    const { view, store } = aStore()
    store.put(old)
    const list = deferred<Thing[]>()
    const answers = [deferred<Thing>(), deferred<Thing>()] as const
    server.update.mockReturnValueOnce(answers[0].promise)
    server.create.mockReturnValueOnce(answers[1].promise)
    const loading = store.load(() => list.promise)
    const changes = [
      store.dispatch('update', 'a', { name: 'new' }),
      store.dispatch('create', 'c', { ...old, id: 'c' }).catch(() => undefined),
    ]
    store.clear()
    store.put({ ...old, id: 'b' })
    list.resolve([old])
    answers[0].resolve({ ...old, version: 2 })
    answers[1].reject(refused)
    expect(await loading).toBe(false)
    await Promise.all(changes)
    expect([...view.keys()]).toEqual(['b'])
    expect(store.isLoading).toBe(false)
  })
})

test('what is being changed is not evicted', async () => {
  const { view, store } = aStore()
  store.put(old)
  const answer = deferred<Thing>()
  server.update.mockReturnValue(answer.promise)
  const change = store.dispatch('update', 'a', { name: 'new' })
  store.evict('a')
  expect(view.has('a')).toBe(true)
  answer.resolve({ ...old, version: 2 })
  await change
  store.evict('a')
  expect(view.has('a')).toBe(false)
  store.put(old)
  expect(view.has('a'), 'it has not gone').toBe(true)
})
