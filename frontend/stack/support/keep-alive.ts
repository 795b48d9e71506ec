// Clients of HTTP/1.1 that keep their connection, as programs do: one request after another, and none is sent twice. Node gives a
// connection up when the server says "Connection: close", or has closed it, and then opens another.
import { Agent, get } from 'node:http'

/** The edge's plain port answers each with a redirect, and limits nobody. */
export class KeepAliveClients {
  requests = 0
  readonly failures: string[] = []
  private running = true
  private readonly ended: Promise<unknown>

  constructor(
    private readonly url: string,
    count: number,
    private readonly pauseMs: number,
  ) {
    this.ended = Promise.all(Array.from({ length: count }, () => this.ask()))
  }

  async stop(): Promise<void> {
    this.running = false
    await this.ended
  }

  private async ask(): Promise<void> {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    while (this.running) {
      this.requests += 1
      await new Promise<void>((done) => {
        get(this.url, { agent }, (response) => {
          if (response.statusCode !== 301) this.failures.push(`status ${response.statusCode}`)
          response.resume().on('end', done)
        }).on('error', (error) => {
          this.failures.push(String(error))
          done()
        })
      })
      await new Promise((done) => setTimeout(done, this.pauseMs))
    }
    agent.destroy()
  }
}
