// Tests use no network: an unmocked request fails its test, even if the code swallowed the error.
import { afterEach } from 'vitest'

let asked: string[] = []

function refuse(what: string): TypeError {
  asked.push(what)
  return new TypeError(`Unmocked network: ${what}. Mock the function that asks, or use testing/stubServer.`)
}

/** Unmocked requests since the last call. */
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

// eslint-disable-next-line @typescript-eslint/no-extraneous-class -- it stands in for constructors of the browser
class NoConnection {
  constructor(url: string | URL) {
    throw refuse(`connection to ${String(url)}`)
  }
}

function noFetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const asked = new Request(
    input instanceof Request ? input : new URL(String(input), 'http://localhost'),
    init,
  )
  const { pathname, search } = new URL(asked.url)
  return Promise.reject(refuse(`${asked.method} ${pathname}${search}`))
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
