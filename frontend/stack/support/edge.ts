// What the edge says, seen from outside: answers with their headers, TLS handshakes, and its access log.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { run, type Result } from './run'
import type { Stack } from './stack'

export interface Answer {
  status: number
  /** "2" for HTTP/2. */
  version: string
  /** By small letters; what was sent twice is joined by a line feed, as no header has one. */
  headers: Record<string, string>
  body: string
}

/** A request by curl, with the headers of the answer. `url` is a path of the stack or a whole address. */
export async function ask(stack: Stack, url: string, ...curlOptions: string[]): Promise<Answer> {
  const address = url.startsWith('/') ? stack.url + url : url
  const options = ['--silent', '--show-error', '--insecure', '--include', '--max-time', '20']
  const { stdout } = await run('curl', [...options, ...curlOptions, address])
  const [head = '', ...rest] = stdout.split('\r\n\r\n')
  const [first = '', ...lines] = head.split('\r\n')
  const headers: Record<string, string> = {}
  for (const line of lines) {
    const colon = line.indexOf(':')
    const name = line.slice(0, colon).toLowerCase()
    const value = line.slice(colon + 1).trim()
    headers[name] = name in headers ? `${headers[name]}\n${value}` : value
  }
  const [protocol = '', status] = first.split(' ')
  return {
    status: Number(status),
    version: protocol.replace('HTTP/', ''),
    headers,
    body: rest.join('\r\n\r\n'),
  }
}

/** A TLS handshake with the edge; fails when it refuses. */
export function handshake(stack: Stack, ...options: string[]): Promise<Result> {
  const address = `localhost:${stack.ports.HTTPS}`
  return run('openssl', ['s_client', '-connect', address, ...options], { mayFail: true, timeout: 20_000 })
}

export interface LogEntry {
  request_id: string
  remote_address: string
  method: string
  path: string
  status: number
  /** The replicas that were asked, in their order. */
  upstream: string
}

/** The access log in its file, where an operator finds it. */
export function accessLog(stack: Stack): LogEntry[] {
  const text = readFileSync(join(stack.folder, 'logs/nginx/access.log'), 'utf8')
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as LogEntry)
}
