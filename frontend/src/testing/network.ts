// No test reaches for a network: what nobody has mocked fails the test that asked for it, even when the code has swallowed the error.
import { afterEach } from 'vitest'

let asked: string[] = []

function refuse(what: string): TypeError {
  asked.push(what)
  return new TypeError(`Unmocked network: ${what}. Mock the function that asks, or use testing/stubServer.`)
}

/** What was asked for and not mocked since the last call. */
export function takeUnmocked(): string[] {
  const taken = asked
  asked = []
  return taken
}

class NoRequest {
  open(method: string, url: string | URL): void {
    throw refuse(`${method} ${String(url)}`)
  }
}

class NoConnection {
  constructor(url: string | URL) {
    throw refuse(`connection to ${String(url)}`)
  }
}

function noFetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const url = input instanceof Request ? input.url : String(input)
  return Promise.reject(refuse(`${init?.method ?? 'GET'} ${url}`))
}

/** Also without a document: there Axios would take Node's own client. */
export function forbidNetwork(): void {
  Object.assign(globalThis, {
    fetch: noFetch,
    XMLHttpRequest: NoRequest,
    WebSocket: NoConnection,
    EventSource: NoConnection,
  })
  afterEach(() => {
    const unmocked = takeUnmocked()
    if (unmocked.length > 0) throw new Error(`Unmocked network: ${unmocked.join(', ')}`)
  })
}
