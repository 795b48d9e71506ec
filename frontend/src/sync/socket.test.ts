import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { LiveSocket, type LiveStatus } from './socket'

class FakeWebSocket {
  static readonly OPEN = 1
  static all: FakeWebSocket[] = []
  static get last(): FakeWebSocket {
    const socket = FakeWebSocket.all.at(-1)
    if (!socket) throw new Error('no socket was opened')
    return socket
  }

  readyState = 0
  sent: unknown[] = []
  onopen: (() => void) | null = null
  onmessage: ((event: { data: string }) => void) | null = null
  onclose: ((event: { code: number }) => void) | null = null

  constructor(readonly url: string) {
    FakeWebSocket.all.push(this)
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text))
  }

  close(): void {
    this.readyState = 3
  }

  open(): void {
    this.readyState = FakeWebSocket.OPEN
    this.onopen?.()
  }

  say(message: unknown): void {
    this.onmessage?.({ data: JSON.stringify(message) })
  }

  drop(code = 1006): void {
    this.readyState = 3
    this.onclose?.({ code })
  }
}

const TOPIC = 'project:a'
const event = (revision: number, topic = TOPIC) => ({
  type: 'event',
  topic,
  revision,
  kind: 'task.purged',
  data: { id: `task-${revision}` },
  at: '2026-11-23T08:00:00Z',
})

const getToken = vi.fn<(renew: boolean) => Promise<string | null>>()
const onEvent = vi.fn()
const onResync = vi.fn()
let statuses: LiveStatus[] = []
let socket: LiveSocket

/** Lets pending promises run without moving the clock. */
const settle = () => vi.advanceTimersByTimeAsync(0)

function restart(): void {
  socket.stop()
  FakeWebSocket.all = []
  socket.start()
}

async function connect(topics: Record<string, number> = { [TOPIC]: 7 }): Promise<FakeWebSocket> {
  await settle()
  FakeWebSocket.last.open()
  FakeWebSocket.last.say({ type: 'ready', topics })
  return FakeWebSocket.last
}

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('WebSocket', FakeWebSocket)
  FakeWebSocket.all = []
  statuses = []
  getToken.mockReset().mockResolvedValue('token')
  onEvent.mockReset()
  onResync.mockReset()
  socket = new LiveSocket({
    url: 'ws://test/api/v1/ws',
    getToken,
    onEvent,
    onResync,
    onStatus: (status) => statuses.push(status),
    random: () => 1,
  })
  socket.start()
})

afterEach(() => {
  socket.stop()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

describe('the first connection', () => {
  test('authenticates with its first message and goes live on ready', async () => {
    const ws = await connect()
    expect(ws.sent).toEqual([{ type: 'auth', token: 'token' }])
    expect(statuses).toEqual(['connecting', 'live'])
  })

  test('reloads what was loaded before events started', async () => {
    await connect({ [TOPIC]: 7, 'user:u': 2 })
    expect(onResync.mock.calls).toEqual([[TOPIC], ['user:u']])
  })

  test('continues from the session’s revisions and loads only newer events', async () => {
    socket.stop()
    FakeWebSocket.all = []
    socket.start({ [TOPIC]: 7 })
    const ws = await connect({ [TOPIC]: 9, 'project:new': 3 })
    expect(ws.sent).toEqual([
      { type: 'auth', token: 'token', topics: { [TOPIC]: 7 } },
      { type: 'subscribe', topics: { 'project:new': 3 } },
    ])
    for (const revision of [8, 9]) ws.say(event(revision))
    expect(onEvent.mock.calls.map(([{ revision }]) => revision)).toEqual([8, 9])
    expect(onResync.mock.calls).toEqual([['project:new']])
  })

  test('reloads everything when there are too many topics for a message', async () => {
    socket.stop()
    FakeWebSocket.all = []
    const many = Object.fromEntries(Array.from({ length: 1_001 }, (_, index) => [`project:${index}`, 1]))
    socket.start(many)
    const ws = await connect(many)
    expect(ws.sent).toEqual([{ type: 'auth', token: 'token' }])
    expect(onResync).toHaveBeenCalledTimes(1_001)
  })

  test('gives up when nobody is signed in', async () => {
    getToken.mockResolvedValue(null)
    restart()
    await vi.advanceTimersByTimeAsync(120_000)
    expect(FakeWebSocket.all).toHaveLength(0)
    expect(statuses.at(-1)).toBe('offline')
  })

  test('retries later when no token is available', async () => {
    getToken.mockRejectedValueOnce(new Error('no network'))
    restart()
    await settle()
    expect(FakeWebSocket.all).toHaveLength(0)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(FakeWebSocket.all).toHaveLength(1)
  })
})

describe('events', () => {
  beforeEach(async () => {
    await connect()
    onResync.mockReset()
  })

  test('arrive in order, each once', () => {
    for (const revision of [7, 8, 8, 9, 3]) FakeWebSocket.last.say(event(revision))
    expect(onEvent.mock.calls.map(([{ revision }]) => revision)).toEqual([8, 9])
  })

  test('after a gap the topic is reloaded and later events arrive', () => {
    FakeWebSocket.last.say(event(10))
    FakeWebSocket.last.say(event(11))
    expect(onResync.mock.calls).toEqual([[TOPIC]])
    expect(onEvent.mock.calls.map(([{ revision }]) => revision)).toEqual([11])
  })

  test('each topic counts separately, and a new one starts at its first event', () => {
    FakeWebSocket.last.say(event(40, 'project:b'))
    FakeWebSocket.last.say(event(8))
    expect(onEvent).toHaveBeenCalledTimes(2)
    expect(onResync).not.toHaveBeenCalled()
  })

  test('a resync adopts its revision', () => {
    FakeWebSocket.last.say({ type: 'resync', topic: TOPIC, revision: 52 })
    FakeWebSocket.last.say(event(52))
    FakeWebSocket.last.say(event(53))
    expect(onResync.mock.calls).toEqual([[TOPIC]])
    expect(onEvent.mock.calls.map(([{ revision }]) => revision)).toEqual([53])
  })

  test('unknown or malformed messages are ignored', () => {
    FakeWebSocket.last.say({ type: 'something-new' })
    FakeWebSocket.last.onmessage?.({ data: '{' })
    expect(onEvent).not.toHaveBeenCalled()
  })
})

describe('reconnecting', () => {
  test('sends the last revision of each topic', async () => {
    const first = await connect({ [TOPIC]: 7, 'user:u': 2 })
    first.say(event(8))
    first.drop()
    expect(statuses.at(-1)).toBe('offline')
    await vi.advanceTimersByTimeAsync(1_000)
    FakeWebSocket.last.open()
    expect(FakeWebSocket.last.sent).toEqual([
      { type: 'auth', token: 'token', topics: { [TOPIC]: 8, 'user:u': 2 } },
    ])
  })

  test('subscribes to topics that appeared meanwhile', async () => {
    const first = await connect()
    first.drop()
    onResync.mockReset()
    await vi.advanceTimersByTimeAsync(1_000)
    const second = await connect({ [TOPIC]: 7, 'project:new': 3 })
    expect(second.sent.at(-1)).toEqual({ type: 'subscribe', topics: { 'project:new': 3 } })
    expect(onResync.mock.calls).toEqual([['project:new']])
  })

  test('backs off up to a limit, and resets after success', async () => {
    await settle()
    for (const wait of [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]) {
      const count = FakeWebSocket.all.length
      FakeWebSocket.last.drop()
      await vi.advanceTimersByTimeAsync(wait - 1)
      expect(FakeWebSocket.all).toHaveLength(count)
      await vi.advanceTimersByTimeAsync(1)
      expect(FakeWebSocket.all).toHaveLength(count + 1)
    }
    const ws = await connect()
    ws.drop()
    await vi.advanceTimersByTimeAsync(1_000)
    expect(FakeWebSocket.last).not.toBe(ws)
  })

  test('happens immediately when the network is back', async () => {
    await settle()
    FakeWebSocket.last.drop()
    window.dispatchEvent(new Event('online'))
    await settle()
    expect(FakeWebSocket.all).toHaveLength(2)
  })

  test('happens immediately after a server restart, but not repeatedly', async () => {
    const first = await connect()
    first.drop(1012)
    await settle()
    expect(FakeWebSocket.all).toHaveLength(2)
    FakeWebSocket.last.drop(1012)
    await settle()
    expect(FakeWebSocket.all).toHaveLength(2)
    await vi.advanceTimersByTimeAsync(2_000)
    expect(FakeWebSocket.all).toHaveLength(3)
  })

  test('uses a new token when the last one was refused', async () => {
    const first = await connect()
    first.drop(4401)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(getToken.mock.calls).toEqual([[false], [true]])
  })

  test('does not happen after stop', async () => {
    const first = await connect()
    socket.stop()
    first.drop()
    await vi.advanceTimersByTimeAsync(120_000)
    expect(FakeWebSocket.all).toHaveLength(1)
  })
})

describe('staying alive', () => {
  test('a new token is sent on the same connection', async () => {
    const ws = await connect()
    socket.authenticate('token-2')
    expect(ws.sent.at(-1)).toEqual({ type: 'auth', token: 'token-2' })
  })

  test('pings after silence, and an answer is enough', async () => {
    const ws = await connect()
    await vi.advanceTimersByTimeAsync(25_000)
    expect(ws.sent).toHaveLength(2)
    ws.say({ type: 'authenticated' })
    await vi.advanceTimersByTimeAsync(20_000)
    expect(FakeWebSocket.all).toHaveLength(1)
    expect(statuses.at(-1)).toBe('live')
  })

  test('reconnects without an answer', async () => {
    await connect()
    await vi.advanceTimersByTimeAsync(30_000)
    expect(statuses.at(-1)).toBe('offline')
    await vi.advanceTimersByTimeAsync(1_000)
    expect(FakeWebSocket.all).toHaveLength(2)
  })

  test('gives up a connection that never opens', async () => {
    await settle()
    await vi.advanceTimersByTimeAsync(16_000)
    expect(FakeWebSocket.all).toHaveLength(2)
  })

  test('reports offline immediately and connects when the network is back', async () => {
    await connect()
    window.dispatchEvent(new Event('offline'))
    expect(statuses.at(-1)).toBe('offline')
    window.dispatchEvent(new Event('online'))
    await settle()
    expect(FakeWebSocket.all).toHaveLength(2)
  })

  test('checks the connection when another request fails', async () => {
    const ws = await connect()
    socket.check()
    await settle()
    expect(ws.sent).toHaveLength(2)
    await vi.advanceTimersByTimeAsync(5_000)
    expect(statuses.at(-1)).toBe('offline')
  })

  test('checks an open connection when the network is back', async () => {
    const ws = await connect()
    window.dispatchEvent(new Event('online'))
    await settle()
    expect(ws.sent).toHaveLength(2)
  })
})

describe('a project that is joined later', () => {
  test('starts with its first event and is never requested from the beginning', async () => {
    const ws = await connect()
    ws.say(event(41, 'project:new'))
    ws.say(event(42, 'project:new'))
    expect(onEvent.mock.calls.map(([{ revision }]) => revision)).toEqual([41, 42])
    expect(ws.sent.slice(1)).toEqual([])
    ws.drop()
    await vi.advanceTimersByTimeAsync(1_000)
    FakeWebSocket.last.open()
    expect(FakeWebSocket.last.sent).toEqual([
      { type: 'auth', token: 'token', topics: { [TOPIC]: 7, 'project:new': 42 } },
    ])
  })

  test('is not requested again when unknown to the server', async () => {
    const first = await connect()
    first.say({ type: 'error', code: 'unknown-topic', topic: TOPIC, detail: '' })
    first.drop()
    await vi.advanceTimersByTimeAsync(1_000)
    FakeWebSocket.last.open()
    expect(FakeWebSocket.last.sent).toEqual([{ type: 'auth', token: 'token' }])
  })
})
