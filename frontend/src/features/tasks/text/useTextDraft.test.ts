import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { effectScope, nextTick, shallowRef, type EffectScope } from 'vue'
import { ApiError } from '@/api/errors'
import type { Task } from '@/api/types'
import { useAuthStore } from '@/features/session/store/auth'
import { aTask, aUser } from '@/testing/builders'
import { deferred } from '@/testing/deferred'
import { useTextDraft } from './useTextDraft'

const task = shallowRef<Task>(aTask())
const send = vi.fn<(text: string, version: number) => Promise<Task>>()
const onLeftUnsaved = vi.fn()
const offline = new ApiError({ type: 'network', status: 0, title: 'Network Error' })
const conflict = (current: Task) =>
  new ApiError({ type: 'version-conflict', status: 412, title: 'x', current })
let scope: EffectScope

function open(field: 'title' | 'description' = 'description') {
  scope = effectScope()
  const draft = scope.run(() =>
    useTextDraft({ task: () => task.value, field, send, limit: 100, onLeftUnsaved }),
  )
  if (!draft) throw new Error('the scope is over')
  return draft
}

beforeEach(() => {
  vi.useFakeTimers()
  localStorage.clear()
  setActivePinia(createPinia())
  useAuthStore().user = aUser()
  task.value = aTask({ description: 'old', version: 3 })
  send.mockReset()
  onLeftUnsaved.mockReset()
  send.mockImplementation((text, version) =>
    Promise.resolve(aTask({ description: text, version: version + 1 })),
  )
})

afterEach(() => {
  scope.stop()
  useAuthStore().$dispose()
  vi.useRealTimers()
})

describe('saving', () => {
  test('happens after a pause with the seen version', async () => {
    const draft = open()
    draft.text.value = 'new'
    await vi.advanceTimersByTimeAsync(1_000)
    draft.text.value = 'newer'
    await vi.advanceTimersByTimeAsync(1_000)
    expect(send).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(600)
    expect(send.mock.calls).toEqual([['newer', 3]])
    expect(draft.isDirty.value).toBe(false)
    expect(localStorage.length).toBe(0)
  })

  test('happens immediately on blur, and not without a change', async () => {
    const draft = open()
    await draft.leave()
    draft.text.value = 'new'
    await draft.leave()
    expect(send.mock.calls).toEqual([['new', 3]])
  })

  test('text typed during saving is saved next', async () => {
    const answer = deferred<Task>()
    send.mockReturnValueOnce(answer.promise)
    const draft = open()
    draft.text.value = 'one'
    const saving = draft.leave()
    draft.text.value = 'one two'
    answer.resolve(aTask({ description: 'one', version: 4 }))
    await saving
    expect(draft.text.value).toBe('one two')
    await vi.advanceTimersByTimeAsync(1_600)
    expect(send.mock.calls.at(-1)).toEqual(['one two', 4])
  })

  test('an empty title is reverted', async () => {
    const draft = open('title')
    draft.text.value = '  '
    await draft.leave()
    expect(send).not.toHaveBeenCalled()
    expect(draft.text.value).toBe('Write the report')
  })
})

describe('a failed save', () => {
  test('keeps the text, says why, and succeeds later', async () => {
    send.mockRejectedValueOnce(offline)
    const draft = open()
    draft.text.value = 'new'
    await draft.leave()
    expect(draft.text.value).toBe('new')
    expect(draft.error.value).toBe(offline)
    await draft.save()
    expect(draft.error.value).toBeNull()
    expect(draft.isDirty.value).toBe(false)
  })

  test('is reported when the form is closed, and the text returns with it', async () => {
    send.mockRejectedValue(offline)
    const first = open()
    first.text.value = 'new'
    scope.stop()
    await vi.advanceTimersByTimeAsync(0)
    expect(onLeftUnsaved).toHaveBeenCalledWith(offline)
    const again = open()
    expect(again.text.value).toBe('new')
    expect(again.isDirty.value).toBe(true)
  })
})

describe('somebody else', () => {
  test('changes an idle field: it is shown', async () => {
    const draft = open()
    task.value = aTask({ description: 'theirs', version: 4 })
    await nextTick()
    expect(draft.text.value).toBe('theirs')
  })

  test('changes another field while typing: no conflict, and the newer version is used', async () => {
    const draft = open()
    draft.text.value = 'mine'
    task.value = aTask({ description: 'old', status: 'done', version: 4 })
    await nextTick()
    await draft.leave()
    expect(draft.theirs.value).toBeNull()
    expect(send.mock.calls).toEqual([['mine', 4]])
  })

  test('changed another field, known only from the refusal: it is resent', async () => {
    send.mockRejectedValueOnce(conflict(aTask({ description: 'old', version: 9 })))
    const draft = open()
    draft.text.value = 'mine'
    await draft.leave()
    expect(send.mock.calls).toEqual([
      ['mine', 3],
      ['mine', 9],
    ])
    expect(draft.theirs.value).toBeNull()
  })

  test('changes the same text: both are kept until one is chosen', async () => {
    const draft = open()
    draft.text.value = 'mine'
    task.value = aTask({ description: 'theirs', version: 4 })
    await nextTick()
    await draft.leave()
    expect(draft.text.value).toBe('mine')
    expect(draft.theirs.value).toBe('theirs')
    expect(send).not.toHaveBeenCalled()
    await draft.choose('mine')
    expect(send.mock.calls).toEqual([['mine', 4]])
  })

  test('was faster: the refusal brings their text, and adopting it saves nothing', async () => {
    send.mockRejectedValueOnce(conflict(aTask({ description: 'theirs', version: 4 })))
    const draft = open()
    draft.text.value = 'mine'
    await draft.leave()
    expect(draft.theirs.value).toBe('theirs')
    await draft.choose('theirs')
    expect(draft.text.value).toBe('theirs')
    expect(draft.isDirty.value).toBe(false)
    expect(send).toHaveBeenCalledTimes(1)
  })

  test('writes the same text: nothing to choose', async () => {
    const draft = open()
    draft.text.value = 'same'
    task.value = aTask({ description: 'same', version: 4 })
    await nextTick()
    expect(draft.isDirty.value).toBe(false)
    expect(draft.theirs.value).toBeNull()
  })
})

describe('another person in the same tab', () => {
  test('sees no unsaved draft; its owner finds it again', async () => {
    send.mockRejectedValue(offline)
    const draft = open()
    draft.text.value = 'private'
    await draft.save()
    // The session ends by itself: the draft waits for its person.
    const auth = useAuthStore()
    auth.user = null
    scope.stop()
    auth.user = aUser({ id: 'user-2', name: 'Bo' })
    expect(open().text.value).toBe('old')
    await vi.advanceTimersByTimeAsync(5_000)
    expect(send.mock.calls.every(([text]) => text === 'private')).toBe(true)
    scope.stop()
    auth.user = aUser()
    expect(open().text.value).toBe('private')
  })
})

describe('a closing page', () => {
  const hide = (state: 'hidden' | 'visible') => {
    vi.spyOn(document, 'visibilityState', 'get').mockReturnValue(state)
    document.dispatchEvent(new Event('visibilitychange'))
  }

  test.each([
    ['is closed', () => window.dispatchEvent(new Event('pagehide'))],
    ['is hidden', () => hide('hidden')],
  ])('%s: what was typed just now is sent, and kept until the server has it', async (_, go) => {
    send.mockReturnValue(new Promise(() => undefined))
    const draft = open()
    draft.text.value = 'typed just now'
    go()
    expect(send.mock.calls).toEqual([['typed just now', 3]])
    // The browser is gone; it comes back.
    scope.stop()
    sessionStorage.clear()
    send.mockReset()
    send.mockImplementation((text, version) =>
      Promise.resolve(aTask({ description: text, version: version + 1 })),
    )
    expect(open().text.value).toBe('typed just now')
    await vi.advanceTimersByTimeAsync(2_000)
    expect(send.mock.calls).toEqual([['typed just now', 3]])
    expect(localStorage.length).toBe(0)
    vi.restoreAllMocks()
  })

  test('saving in a second tab keeps this tab’s text', async () => {
    const one = open()
    one.text.value = 'first'
    const others = Object.keys(localStorage)
    const two = open()
    expect(two.text.value).toBe('first')
    two.text.value = 'first and second'
    await one.save()
    expect(Object.keys(localStorage)).toEqual(others)
  })
})

describe('a text that is too long', () => {
  const long = '长'.repeat(101)

  test('is kept and not sent until it is short enough', async () => {
    const draft = open()
    draft.text.value = long
    await draft.leave()
    await vi.advanceTimersByTimeAsync(5_000)
    expect(draft.isTooLong.value).toBe(true)
    expect(send).not.toHaveBeenCalled()
    scope.stop()
    const again = open()
    expect(again.text.value).toBe(long)
    again.text.value = long.slice(1)
    await vi.advanceTimersByTimeAsync(2_000)
    expect(send.mock.calls).toEqual([[long.slice(1), 3]])
  })

  test('is counted like on the server: an emoji is one character', () => {
    const draft = open()
    draft.text.value = '😀'.repeat(100)
    expect(draft.isTooLong.value).toBe(false)
  })
})

test('nothing is sent in the next person’s name', async () => {
  const draft = open()
  draft.text.value = 'private'
  useAuthStore().user = aUser({ id: 'user-2' })
  await draft.save()
  scope.stop()
  await vi.advanceTimersByTimeAsync(5_000)
  expect(send).not.toHaveBeenCalled()
})
