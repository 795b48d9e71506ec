import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { effectScope, nextTick, shallowRef, type EffectScope } from 'vue'
import { ApiError } from '@/api/errors'
import type { Task } from '@/api/types'
import { useAuthStore } from '@/stores/auth'
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
  const draft = scope.run(() => useTextDraft({ task: () => task.value, field, send, onLeftUnsaved }))
  if (!draft) throw new Error('the scope is over')
  return draft
}

beforeEach(() => {
  vi.useFakeTimers()
  sessionStorage.clear()
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
  test('comes after a pause, with the version that was seen', async () => {
    const draft = open()
    draft.text.value = 'new'
    await vi.advanceTimersByTimeAsync(1_000)
    draft.text.value = 'newer'
    await vi.advanceTimersByTimeAsync(1_000)
    expect(send).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(600)
    expect(send.mock.calls).toEqual([['newer', 3]])
    expect(draft.isDirty.value).toBe(false)
    expect(sessionStorage.length).toBe(0)
  })

  test('comes at once on leaving the field, and not at all without a change', async () => {
    const draft = open()
    await draft.leave()
    draft.text.value = 'new'
    await draft.leave()
    expect(send.mock.calls).toEqual([['new', 3]])
  })

  test('what is typed while it is under way is saved next', async () => {
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

  test('an empty title is as before', async () => {
    const draft = open('title')
    draft.text.value = '  '
    await draft.leave()
    expect(send).not.toHaveBeenCalled()
    expect(draft.text.value).toBe('Write the report')
  })
})

describe('a failed save', () => {
  test('keeps the text, says why, and works later', async () => {
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

  test('is told when the form is gone, and the text is there when it opens again', async () => {
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
  test('changes the field while nobody writes: it is shown', async () => {
    const draft = open()
    task.value = aTask({ description: 'theirs', version: 4 })
    await nextTick()
    expect(draft.text.value).toBe('theirs')
  })

  test('changes another field while one writes: no conflict, and the newer version is named', async () => {
    const draft = open()
    draft.text.value = 'mine'
    task.value = aTask({ description: 'old', status: 'done', version: 4 })
    await nextTick()
    await draft.leave()
    expect(draft.theirs.value).toBeNull()
    expect(send.mock.calls).toEqual([['mine', 4]])
  })

  test('changed another field, which we learn from the refusal only: it is sent again', async () => {
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

  test('changes what one writes: both are kept until one is chosen', async () => {
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

  test('was faster: the refusal brings their text, and taking it saves nothing', async () => {
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

  test('writes the same: nothing to choose', async () => {
    const draft = open()
    draft.text.value = 'same'
    task.value = aTask({ description: 'same', version: 4 })
    await nextTick()
    expect(draft.isDirty.value).toBe(false)
    expect(draft.theirs.value).toBeNull()
  })
})

describe('another person in the same tab', () => {
  test('sees nothing of a draft that could not be saved; whose it is finds it again', async () => {
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
