// HTTP/2 over TLS, as browsers speak it to the edge: one connection, many requests, and a new connection when the edge says
// that it takes no more on the old one (GOAWAY, at every reload). What it has not begun to process is sent again, as browsers do.
import { connect, constants, type ClientHttp2Session } from 'node:http2'

export interface Answer {
  status: number
  headers: Record<string, string>
  body: unknown
}

export interface Question {
  method: string
  path: string
  token?: string
  body?: unknown
}

const PATIENCE_MS = 20_000

/** The request was not processed: the connection was going away. */
class Refused extends Error {}

export class HttpsClient {
  private session: ClientHttp2Session | null = null
  /** Requests that met a connection that was going away, and were sent again on a new one. */
  refused = 0

  constructor(
    private readonly origin: string,
    private readonly host = new URL(origin).host,
  ) {}

  async ask(question: Question): Promise<Answer> {
    for (;;) {
      try {
        return await this.send(question)
      } catch (error) {
        if (!(error instanceof Refused)) throw error
        this.refused += 1
      }
    }
  }

  /** The body, when the status is one of those expected. */
  async expect<T>(question: Question, ...statuses: number[]): Promise<T> {
    const { status, body } = await this.ask(question)
    if (!statuses.includes(status)) {
      throw new Error(`${question.method} ${question.path}: ${status} ${JSON.stringify(body)}`)
    }
    return body as T
  }

  close(): void {
    this.session?.close()
    this.session = null
  }

  private connection(): ClientHttp2Session {
    if (this.session && !this.session.closed && !this.session.destroyed) return this.session
    // The stack's own certificate is self-signed.
    const session = connect(this.origin, { rejectUnauthorized: false })
    const forget = () => {
      if (this.session === session) this.session = null
    }
    session.on('goaway', forget)
    session.on('close', forget)
    // The requests of the connection tell; here it only must not end the process.
    session.on('error', forget)
    this.session = session
    return session
  }

  private send(question: Question): Promise<Answer> {
    const { method, path, token, body } = question
    const text = body === undefined ? '' : JSON.stringify(body)
    return new Promise((resolve, reject) => {
      const session = this.connection()
      const head = {
        [constants.HTTP2_HEADER_METHOD]: method,
        [constants.HTTP2_HEADER_PATH]: path,
        [constants.HTTP2_HEADER_AUTHORITY]: this.host,
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(text === '' ? {} : { 'content-type': 'application/json' }),
      }
      const stream = session.request(head, { endStream: text === '' })
      let status = 0
      let headers: Record<string, string> = {}
      let received = ''
      stream.setEncoding('utf8')
      stream.setTimeout(PATIENCE_MS, () => stream.destroy(new Error('no answer in time')))
      stream.on('response', (received) => {
        status = received[':status'] ?? 0
        headers = Object.fromEntries(Object.entries(received).map(([name, value]) => [name, String(value)]))
      })
      stream.on('data', (chunk: string) => (received += chunk))
      stream.on('error', (error) => {
        const refused = stream.rstCode === constants.NGHTTP2_REFUSED_STREAM
        reject(refused && status === 0 ? new Refused(error.message) : error)
      })
      stream.on('close', () => {
        if (status !== 0) return resolve({ status, headers, body: parse(received) })
        const refused = stream.rstCode === constants.NGHTTP2_REFUSED_STREAM
        reject(
          refused ? new Refused('refused') : new Error(`the connection ended (${stream.rstCode ?? 'cut'})`),
        )
      })
      if (text !== '') stream.end(text)
    })
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text === '' ? null : text
  }
}
