// The live connection: one WebSocket that is kept open and delivers missed and new events, each once and in order. It knows only the
// protocol: no Vue, no stores.
import { parseMessage, type LiveEvent, type Revisions, type ServerMessage, type Topic } from './protocol'

export type LiveStatus = 'connecting' | 'live' | 'offline'

export interface LiveOptions {
  url: string
  /** The access token; `renew` asks for a new one, because the server refused the last. `null` gives up. */
  getToken: (renew: boolean) => Promise<string | null>
  onEvent: (event: LiveEvent) => void
  /** Our data of the topic may be outdated: reload it. */
  onResync: (topic: Topic) => void
  onStatus: (status: LiveStatus) => void
  /** Milliseconds that the server wants to be left alone after this failure of `getToken`. */
  pauseAfter?: (problem: unknown) => number
  random?: () => number
}

/** The server's pings are invisible to scripts, so silence proves nothing: after it we send a ping. */
const SILENCE_MS = 25_000
const ANSWER_MS = 5_000
const CONNECT_MS = 15_000
const BACKOFF_MIN_MS = 1_000
const BACKOFF_MAX_MS = 30_000

/** A message may have 64 KiB, and a topic takes about 55 bytes: with more topics, everything is reloaded instead. */
const MAX_NAMED = 1_000

const CLOSE_UNAUTHENTICATED = 4401
const CLOSE_RESTART = 1012

type Timer = ReturnType<typeof setTimeout>

export class LiveSocket {
  private socket: WebSocket | null = null
  private readonly revisions = new Map<string, number>()
  private status: LiveStatus = 'offline'
  private running = false
  private ready = false
  private failures = 0
  private renewToken = false
  private retryTimer: Timer | undefined
  private watchdog: Timer | undefined
  private attempt = 0

  constructor(private readonly options: LiveOptions) {}

  /** `from`: everything loaded from now on is at least as new as these revisions. Later changes arrive as events. */
  start(from: Revisions = {}): void {
    if (this.running) return
    this.running = true
    for (const [topic, revision] of Object.entries(from)) this.revisions.set(topic, revision)
    window.addEventListener('online', this.hurry)
    window.addEventListener('offline', this.lost)
    void this.connect()
  }

  /** Stops for good and forgets what it knew: the next start is another person's. */
  stop(): void {
    this.running = false
    window.removeEventListener('online', this.hurry)
    window.removeEventListener('offline', this.lost)
    this.disconnect()
    clearTimeout(this.retryTimer)
    this.revisions.clear()
    this.failures = 0
    this.renewToken = false
    this.setStatus('offline')
  }

  /** A new access token: tells the server before the old one expires. */
  authenticate(token: string): void {
    if (this.ready) this.send({ type: 'auth', token })
  }

  /**
   * Forgets a topic that is no longer mine. A new one needs no word from us: the server sends it on the same
   * connection, and the first event that arrives tells where it stands.
   */
  unfollow(topic: Topic): void {
    this.revisions.delete(topic)
  }

  private async connect(): Promise<void> {
    this.disconnect()
    clearTimeout(this.retryTimer)
    const attempt = (this.attempt += 1)
    this.setStatus('connecting')
    let pause = 0
    const token = await this.options.getToken(this.renewToken).catch((problem: unknown) => {
      pause = this.options.pauseAfter?.(problem) ?? 0
    })
    if (!this.running || attempt !== this.attempt) return
    if (token === null) return this.stop()
    if (token === undefined) return this.retry(pause)
    this.renewToken = false
    const socket = new WebSocket(this.options.url)
    this.socket = socket
    this.arm(CONNECT_MS, () => this.dropConnection())
    socket.onopen = () => this.send({ type: 'auth', token, ...this.known() })
    socket.onmessage = ({ data }: MessageEvent<unknown>) => {
      this.listen()
      const message = parseMessage(data)
      if (message) this.handle(message)
    }
    socket.onclose = ({ code }) => this.closed(code)
  }

  private known(): { topics?: Revisions } {
    if (this.revisions.size > MAX_NAMED) this.revisions.clear()
    return this.revisions.size > 0 ? { topics: Object.fromEntries(this.revisions) } : {}
  }

  private handle(message: ServerMessage): void {
    switch (message.type) {
      case 'ready':
        return this.handleReady(message.topics)
      case 'event':
        return this.handleEvent(message)
      case 'resync':
        this.revisions.set(message.topic, message.revision)
        return this.options.onResync(message.topic)
      case 'error':
        if (message.code === 'unknown-topic' && message.topic) this.unfollow(message.topic)
        return
      case 'authenticated':
        return
    }
  }

  private handleReady(topics: Revisions): void {
    this.ready = true
    this.failures = 0
    const resuming = this.revisions.size > 0
    const fresh = Object.entries(topics).filter(([topic]) => !this.revisions.has(topic))
    for (const [topic, revision] of fresh) this.revisions.set(topic, revision)
    if (resuming && fresh.length > 0) this.send({ type: 'subscribe', topics: Object.fromEntries(fresh) })
    this.setStatus('live')
    // What was loaded before the server began to send events may have changed in between.
    for (const [topic] of fresh) this.options.onResync(topic as Topic)
  }

  private handleEvent(event: LiveEvent): void {
    const known = this.revisions.get(event.topic)
    if (known !== undefined && event.revision <= known) return
    this.revisions.set(event.topic, event.revision)
    if (known !== undefined && event.revision > known + 1) this.options.onResync(event.topic)
    else this.options.onEvent(event)
  }

  private closed(code: number): void {
    this.disconnect()
    if (!this.running) return
    if (code === CLOSE_UNAUTHENTICATED) this.renewToken = true
    // A restart is announced and short. Only the first time, so that a server that keeps crashing is not overloaded.
    if (code === CLOSE_RESTART && this.failures === 0) {
      this.failures += 1
      void this.connect()
      return
    }
    this.retry()
  }

  /** Not before `atLeast` milliseconds. */
  private retry(atLeast = 0): void {
    const random = this.options.random ?? Math.random
    const ceiling = Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** this.failures)
    this.failures += 1
    this.setStatus('offline')
    clearTimeout(this.retryTimer)
    const delay = Math.max(atLeast, ceiling * (0.5 + random() / 2))
    this.retryTimer = setTimeout(() => void this.connect(), delay)
  }

  /** The network is back: no need to wait. An open connection may be dead without knowing: ask it. */
  private readonly hurry = (): void => {
    if (this.ready) return void this.probe()
    this.failures = 0
    void this.connect()
  }

  /** The browser has lost its network: no need to wait for a silence to be long enough. */
  private readonly lost = (): void => this.dropConnection()

  /** Something else did not reach the server: finds out whether we still do. */
  check(): void {
    if (this.ready) void this.probe()
  }

  /** Any answer will do; the protocol's cheapest question is to authenticate again. */
  private async probe(): Promise<void> {
    const attempt = this.attempt
    this.arm(ANSWER_MS, () => this.dropConnection())
    const token = await this.options.getToken(false).catch(() => undefined)
    if (token && attempt === this.attempt) this.send({ type: 'auth', token })
  }

  private listen(): void {
    this.arm(SILENCE_MS, () => void this.probe())
  }

  private arm(delay: number, action: () => void): void {
    clearTimeout(this.watchdog)
    this.watchdog = setTimeout(action, delay)
  }

  private dropConnection(): void {
    this.disconnect()
    if (this.running) this.retry()
  }

  /** Discards the socket; its further messages are ignored. */
  private disconnect(): void {
    clearTimeout(this.watchdog)
    this.ready = false
    const socket = this.socket
    this.socket = null
    if (!socket) return
    socket.onopen = socket.onmessage = socket.onclose = null
    socket.close()
  }

  private send(message: object): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message))
  }

  private setStatus(status: LiveStatus): void {
    if (status === this.status) return
    this.status = status
    this.options.onStatus(status)
  }
}
