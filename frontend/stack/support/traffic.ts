// People at work on a stack: some write, others watch live. `end` proves that nothing was lost on either side.
import { expect } from '@playwright/test'
import { uuidv7 } from '../../src/lib/uuid'
import { HttpsClient } from './https'
import { KeepAliveClients } from './keep-alive'
import { headOf, LiveClient } from './live'
import { Load, missingOf } from './load'
import { until } from './run'
import type { Stack } from './stack'

const WRITERS = 3
const WATCHERS = 4
/** Of HTTP/1.1, to the port that redirects. */
const KEPT_CONNECTIONS = 4
// The edge lets one address ask 50 times a second.
const PAUSE_MS = 80

export class Traffic {
  private constructor(
    readonly load: Load,
    private readonly watchers: LiveClient[],
    private readonly kept: KeepAliveClients,
    private readonly options: { origin: string; token: string; projectId: string },
  ) {}

  static async start(stack: Stack): Promise<Traffic> {
    const client = new HttpsClient(stack.url)
    const body = {
      email: `busy-${uuidv7()}@example.com`,
      password: 'correct horse battery staple',
      name: 'Busy',
    }
    const registration = { method: 'POST', path: '/api/v1/auth/register', body }
    const { access_token: token } = await client.expect<{ access_token: string }>(registration, 201)
    const projectId = uuidv7()
    const project = { method: 'POST', path: '/api/v1/projects', token, body: { id: projectId, name: 'Busy' } }
    await client.expect(project, 201)
    client.close()
    const options = { origin: stack.url, token, projectId }
    const topic = `project:${projectId}`
    const watchers = Array.from({ length: WATCHERS }, () => new LiveClient({ ...options, topic, from: 0 }))
    const load = new Load({ ...options, writers: WRITERS, pauseMs: PAUSE_MS }).start()
    const kept = new KeepAliveClients(`http://localhost:${stack.ports.HTTP}/busy`, KEPT_CONNECTIONS, PAUSE_MS)
    const traffic = new Traffic(load, watchers, kept, options)
    await traffic.goesOn()
    return traffic
  }

  /** Waits until every writer was acknowledged something more. */
  async goesOn(): Promise<void> {
    const before = this.load.acknowledged.size
    await until('acknowledged writes', () => this.load.acknowledged.size >= before + 2 * WRITERS, {
      timeout: 120_000,
    })
  }

  /** Stops the writers, and proves: everything acknowledged is there, everybody was told of it once and in order. */
  async end(): Promise<void> {
    await Promise.all([this.load.stop(), this.kept.stop()])
    const topic = `project:${this.options.projectId}`
    const head = await headOf({ ...this.options, topic })
    for (const watcher of this.watchers) {
      await watcher.reached(head, 60_000)
      expect(watcher.wrong, 'events that came twice, late or not at all').toEqual([])
      expect(watcher.events, 'events').toBe(head)
      const untold = [...this.load.acknowledged].filter(([id, title]) => watcher.titles.get(id) !== title)
      expect(untold, 'acknowledged and not told').toEqual([])
    }
    expect(await missingOf(this.load, this.options), 'acknowledged and not there').toEqual([])
    for (const watcher of this.watchers) await watcher.stop()
    process.stdout.write(
      `      ${this.load.summary}; ${this.kept.requests} over kept connections, ${this.kept.failures.length} of them failed\n` +
        `      watching: ${this.watchers.map((one) => one.summary).join('; ')}\n`,
    )
  }

  /** As `end`; and not one request has failed. */
  async endWithoutFailure(): Promise<void> {
    await this.end()
    expect(this.load.failures).toEqual([])
    expect(this.kept.failures).toEqual([])
  }
}
