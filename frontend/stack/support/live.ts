// A client of the live protocol (docs/api.md) that stays connected whatever happens, and checks what it is told: every event
// of a topic once, in order, none missing.
import { setTimeout as sleep } from 'node:timers/promises'
import WebSocket from 'ws'

export interface LiveOptions {
  /** Such as https://localhost:8443. */
  origin: string
  token: string
  topic: string
  /** The last revision that is known; events after it are expected. */
  from: number
}

interface Message {
  type: string
  topic?: string
  topics?: Record<string, number>
  revision?: number
  kind?: string
  data?: { id?: string; title?: string }
}

/** The server pings every 25 seconds. */
const SILENCE_MS = 30_000
const RESTART = 1012

export class LiveClient {
  /** The last revision that arrived. */
  last: number
  events = 0
  connections = 0
  /** How each connection ended. */
  readonly closings: number[] = []
  /** What should not have been. */
  readonly wrong: string[] = []
  /** The last title told of each task. */
  readonly titles = new Map<string, string>()
  private socket: WebSocket | null = null
  private running = true
  private readonly ended: Promise<void>

  constructor(private readonly options: LiveOptions) {
    this.last = options.from
    this.ended = this.stayConnected()
  }

  async stop(): Promise<void> {
    this.running = false
    this.socket?.terminate()
    await this.ended
  }

  /** Waits until the revision has arrived. */
  async reached(revision: number, patienceMs: number): Promise<void> {
    const deadline = Date.now() + patienceMs
    while (this.last < revision) {
      if (Date.now() > deadline) throw new Error(`at revision ${this.last}, not ${revision}: ${this.summary}`)
      await sleep(50)
    }
  }

  get summary(): string {
    return `${this.events} events over ${this.connections} connections (closed with ${this.closings.join(', ') || 'nothing'})`
  }

  private async stayConnected(): Promise<void> {
    while (this.running) {
      const code = await this.connectOnce()
      if (!this.running) return
      this.closings.push(code)
      if (code !== RESTART) await sleep(250 + Math.random() * 250)
    }
  }

  /** Gives the code that the connection was closed with; 1006 when it was cut. */
  private connectOnce(): Promise<number> {
    const url = `${this.options.origin.replace(/^http/, 'ws')}/api/v1/ws`
    const socket = new WebSocket(url, {
      rejectUnauthorized: false,
      origin: this.options.origin,
      handshakeTimeout: 10_000,
    })
    this.socket = socket
    let watchdog = setTimeout(() => socket.terminate(), SILENCE_MS)
    const heard = () => {
      clearTimeout(watchdog)
      watchdog = setTimeout(() => socket.terminate(), SILENCE_MS)
    }
    return new Promise((resolve) => {
      socket.on('open', () => {
        this.connections += 1
        const topics = { [this.options.topic]: this.last }
        socket.send(JSON.stringify({ type: 'auth', token: this.options.token, topics }))
      })
      socket.on('ping', heard)
      socket.on('message', (data) => {
        heard()
        this.handle(JSON.parse(String(data)) as Message)
      })
      // It is followed by `close`.
      socket.on('error', () => {})
      socket.on('close', (code) => {
        clearTimeout(watchdog)
        resolve(code)
      })
    })
  }

  private handle(message: Message): void {
    if (message.topic !== this.options.topic) return
    if (message.type !== 'event' || message.revision !== this.last + 1) {
      this.wrong.push(`after ${this.last}: ${message.type} ${message.revision ?? ''}`)
    }
    this.last = message.revision ?? this.last
    if (message.type !== 'event') return
    this.events += 1
    if (message.data?.id !== undefined && message.kind?.startsWith('task.')) {
      this.titles.set(message.data.id, message.data.title ?? '')
    }
  }
}

/** How far a topic has come, as the server says to a new connection. */
export function headOf(options: Omit<LiveOptions, 'from'>): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${options.origin.replace(/^http/, 'ws')}/api/v1/ws`, {
      rejectUnauthorized: false,
      origin: options.origin,
    })
    socket.on('open', () => socket.send(JSON.stringify({ type: 'auth', token: options.token })))
    socket.on('error', reject)
    socket.on('message', (data) => {
      const message = JSON.parse(String(data)) as Message
      if (message.type !== 'ready') return
      socket.close()
      const revision = message.topics?.[options.topic]
      if (revision === undefined) reject(new Error(`${options.topic} is not among the topics`))
      else resolve(revision)
    })
  })
}
