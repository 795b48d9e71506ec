// People who write without pause, and remember what they were promised.
import { setTimeout as sleep } from 'node:timers/promises'
import { uuidv7 } from '../../src/lib/uuid'
import { HttpsClient, type Question } from './https'

export interface Failure {
  /** Milliseconds since the load began. */
  at: number
  request: string
  why: string
}

export interface LoadOptions {
  origin: string
  token: string
  projectId: string
  writers?: number
  /** Between two requests of a writer. */
  pauseMs?: number
}

const RETRY_MS = 250
/** What is not acknowledged so long after the end never will be. */
const PATIENCE_MS = 60_000

/**
 * Each writer makes a task with an id of its own, changes it and reads it again. One that fails is tried again with the same
 * id until somebody says yes, as the page does it: so nothing is made twice, and what was acknowledged is known.
 */
export class Load {
  readonly acknowledged = new Map<string, string>()
  readonly failures: Failure[] = []
  requests = 0
  /** The longest time, in milliseconds, in which nothing was acknowledged. */
  longestPause = 0
  private lastAcknowledged = Date.now()
  private started = Date.now()
  private running = false
  private stopped = Infinity
  private readonly tasks: Promise<void>[] = []
  private readonly clients: HttpsClient[] = []

  constructor(private readonly options: LoadOptions) {}

  start(): this {
    this.running = true
    this.started = Date.now()
    this.lastAcknowledged = this.started
    for (let number = 0; number < (this.options.writers ?? 4); number += 1) {
      const client = new HttpsClient(this.options.origin)
      this.clients.push(client)
      this.tasks.push(this.write(client, number))
    }
    return this
  }

  async stop(): Promise<void> {
    this.running = false
    this.stopped = Date.now()
    await Promise.all(this.tasks)
    for (const client of this.clients) client.close()
  }

  get elapsed(): number {
    return Date.now() - this.started
  }

  get summary(): string {
    const refused = this.clients.reduce((sum, client) => sum + client.refused, 0)
    const seconds = (this.elapsed / 1000).toFixed(1)
    return (
      `${this.requests} requests in ${seconds} s, ${this.acknowledged.size} tasks acknowledged, ` +
      `${this.failures.length} failed, ${refused} sent again on a new connection`
    )
  }

  private async write(client: HttpsClient, number: number): Promise<void> {
    const { projectId } = this.options
    for (let turn = 0; this.running; turn += 1) {
      const id = uuidv7()
      const title = `by writer ${number}, turn ${turn}`
      await this.insist(client, 'POST', '/tasks', { id, project_id: projectId, title: 'new' }, [200, 201])
      await this.insist(client, 'PATCH', `/tasks/${id}`, { title }, [200])
      this.acknowledged.set(id, title)
      await this.insist(client, 'GET', `/tasks/${id}`, undefined, [200])
    }
  }

  private noteProgress(): void {
    this.longestPause = Math.max(this.longestPause, Date.now() - this.lastAcknowledged)
    this.lastAcknowledged = Date.now()
  }

  private async insist(
    client: HttpsClient,
    method: string,
    path: string,
    body: unknown,
    good: number[],
  ): Promise<void> {
    const question: Question = { method, path: `/api/v1${path}`, token: this.options.token, body }
    for (;;) {
      this.requests += 1
      const why = await client.ask(question).then(
        ({ status, body }) => (good.includes(status) ? null : `${status} ${JSON.stringify(body)}`),
        (error: unknown) => String(error),
      )
      await sleep(why === null ? (this.options.pauseMs ?? 20) : RETRY_MS)
      if (why === null) return this.noteProgress()
      this.failures.push({ at: this.elapsed, request: `${method} ${path}`, why })
      // A lost cause: the person would be told.
      if (/^4(?!29)/.test(why) || Date.now() > this.stopped + PATIENCE_MS)
        throw new Error(`${method} ${path}: ${why}`)
    }
  }
}

/** Acknowledged tasks that are not there, or not with the title that was acknowledged. */
export async function missingOf(load: Load, options: LoadOptions): Promise<string[]> {
  const client = new HttpsClient(options.origin)
  const there = new Map<string, string>()
  let cursor: string | null = null
  do {
    const query = new URLSearchParams({ project_id: options.projectId, limit: '200', sort: 'created_at' })
    if (cursor !== null) query.set('cursor', cursor)
    const question = { method: 'GET', path: `/api/v1/tasks?${query}`, token: options.token }
    const page: { items: { id: string; title: string }[]; next_cursor: string | null } = await client.expect(
      question,
      200,
    )
    for (const task of page.items) there.set(task.id, task.title)
    cursor = page.next_cursor
  } while (cursor !== null)
  client.close()
  return [...load.acknowledged].filter(([id, title]) => there.get(id) !== title).map(([id]) => id)
}
