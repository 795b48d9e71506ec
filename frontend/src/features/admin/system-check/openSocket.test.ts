import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { canOpenSocket } from './openSocket'

class FakeSocket {
  static last: FakeSocket
  onopen: (() => void) | null = null
  onclose: (() => void) | null = null
  close = vi.fn()

  constructor(readonly url: string) {
    FakeSocket.last = this
  }
}

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('WebSocket', FakeSocket)
})

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

test('an opened socket is closed again', async () => {
  const opened = canOpenSocket('ws://here/api/v1/ws')
  FakeSocket.last.onopen?.()
  expect(await opened).toBe(true)
  expect(FakeSocket.last.close).toHaveBeenCalled()
})

test('a refused or silent socket does not open', async () => {
  const refused = canOpenSocket('ws://here/api/v1/ws')
  FakeSocket.last.onclose?.()
  expect(await refused).toBe(false)
  const silent = canOpenSocket('ws://here/api/v1/ws', 5_000)
  vi.advanceTimersByTime(5_000)
  expect(await silent).toBe(false)
})

test('a forbidden socket does not throw', async () => {
  vi.stubGlobal('WebSocket', function refuse() {
    throw new DOMException('refused', 'SecurityError')
  })
  expect(await canOpenSocket('ws://elsewhere')).toBe(false)
})
