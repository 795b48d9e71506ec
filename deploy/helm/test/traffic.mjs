// People at work through the Ingress: traffic.mjs register FILE | main FILE | load FILE [--retry] | same FILE.
//   register  creates an account and a project, and stores what the other commands need in FILE
//   main      the page, tasks, a search, an unchanged list, live events on a second connection
//   load      writes and reads until SIGTERM while a WebSocket listens. Fails if a request failed (with --retry: even when repeated for
//             30 seconds), if an acknowledged task is missing, or if one of its events did not arrive exactly once
//   same      what FILE lists still exists, and its access token is still valid
// INGRESS is the address to connect to, HOST the host name to request.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

import WebSocket from 'ws'

const ingress = new URL(process.env.INGRESS)
const host = process.env.HOST
const [mode, file, ...options] = process.argv.slice(2)
const retries = options.includes('--retry')
const agent = new http.Agent({ keepAlive: true, maxSockets: 16 })
const account = mode === 'register' ? {} : JSON.parse(readFileSync(file, 'utf8'))

/** One request, never tried again here. */
function request(method, path, { body, headers = {} } = {}) {
  const text = body === undefined ? undefined : JSON.stringify(body)
  return new Promise((resolve, reject) => {
    const sent = http.request(
      { agent, hostname: ingress.hostname, port: ingress.port, method, path, timeout: 20_000,
        headers: {
          host,
          ...(text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
          ...(account.token === undefined ? {} : { authorization: `Bearer ${account.token}` }),
          ...headers,
        } },
      (answer) => {
        const parts = []
        answer.on('data', (part) => parts.push(part))
        answer.on('error', reject)
        answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, text: Buffer.concat(parts).toString() }))
      },
    )
    sent.on('timeout', () => sent.destroy(new Error('no answer in 20 s')))
    sent.on('error', reject)
    sent.end(text)
  })
}

async function api(method, path, body) {
  const answer = await request(method, `/api/v1${path}`, { body })
  assert.ok(answer.status >= 200 && answer.status < 300, `${method} ${path}: ${answer.status} ${answer.text.slice(0, 300)}`)
  return answer.text === '' ? null : JSON.parse(answer.text)
}

/** Keeps a WebSocket up, resumes where it was, and hands each event to `onEvent`. */
class Live {
  revisions = {}
  reconnects = 0
  resyncs = 0
  constructor(onEvent) {
    this.onEvent = onEvent
    this.ready = new Promise((resolve) => (this.setReady = resolve))
    this.connect()
  }
  connect() {
    const socket = new WebSocket(`ws://${ingress.host}/api/v1/ws`, { headers: { host } })
    this.socket = socket
    socket.on('open', () => socket.send(JSON.stringify({ type: 'auth', token: account.token, topics: this.revisions })))
    socket.on('message', (data) => {
      const message = JSON.parse(String(data))
      if (message.type === 'ready') {
        this.revisions = { ...message.topics, ...this.revisions }
        this.setReady()
      } else if (message.type === 'event') {
        const expected = (this.revisions[message.topic] ?? message.revision - 1) + 1
        assert.equal(message.revision, expected, `${message.topic}: a gap or a repetition`)
        this.revisions[message.topic] = message.revision
        this.onEvent(message)
      } else if (message.type === 'resync') {
        this.resyncs += 1
        this.revisions[message.topic] = message.revision
      }
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      if (this.ended) return
      this.reconnects += 1
      setTimeout(() => this.connect(), 200)
    })
  }
  end() {
    this.ended = true
    this.socket.close()
  }
}

async function register() {
  const email = `chart-${randomUUID()}@example.org`
  const password = `A long one ${randomUUID()}`
  const signedIn = await api('POST', '/auth/register', { email, password, name: 'Chart' })
  account.token = signedIn.access_token
  const project = await api('POST', '/projects', { name: 'On Kubernetes' })
  Object.assign(account, { email, password, project: project.id })
  writeFileSync(file, JSON.stringify(account))
}

async function main() {
  const page = await request('GET', '/', { headers: { accept: 'text/html' } })
  assert.equal(page.status, 200)
  assert.match(page.headers['content-security-policy'], /default-src 'self'/)
  const script = /src="(\/assets\/[^"]+\.js)"/.exec(page.text)[1]
  const asset = await request('GET', script)
  assert.equal(asset.status, 200)
  assert.match(asset.headers['content-security-policy'], /default-src 'self'/)
  assert.match(asset.headers['cache-control'], /immutable/)
  assert.equal((await request('GET', '/metrics')).status, 404, 'metrics are not public')

  const seen = []
  const live = new Live((event) => seen.push(event))
  await live.ready
  const task = await api('POST', '/tasks', { project_id: account.project, title: 'Descale the kettle' })
  await api('PATCH', `/tasks/${task.id}`, { status: 'done' })
  const found = await api('GET', '/tasks?q=kettle&limit=10')
  assert.ok(found.items.some(({ id }) => id === task.id), 'the search finds it')
  const list = `/api/v1/tasks?project_id=${account.project}&limit=10`
  const first = await request('GET', list)
  assert.equal((await request('GET', list, { headers: { 'if-none-match': first.headers.etag } })).status, 304)
  for (let i = 0; i < 100 && seen.filter(({ data }) => data.id === task.id).length < 2; i++) await sleep(100)
  live.end()
  const kinds = seen.filter(({ data }) => data.id === task.id).map(({ kind }) => kind)
  assert.deepEqual(kinds, ['task.created', 'task.updated'])
}

async function load() {
  let stopping = false
  process.on('SIGTERM', () => (stopping = true))
  const acknowledged = new Set()
  const events = new Map()
  const counts = { requests: 0, failed: 0, retried: 0 }
  const live = new Live(({ kind, data }) => {
    if (kind === 'task.created') events.set(data.id, (events.get(data.id) ?? 0) + 1)
  })
  await live.ready
  const failures = []

  async function ask(method, path, body, wanted) {
    const end = Date.now() + 30_000
    for (;;) {
      counts.requests += 1
      const problem = await request(method, path, { body }).then(
        (answer) => (wanted.includes(answer.status) ? '' : `${answer.status} ${answer.text.slice(0, 200)}`),
        (error) => error.message,
      )
      if (problem === '') return true
      if (!retries || Date.now() > end) {
        counts.failed += 1
        failures.push(`${new Date().toISOString()} ${method} ${path}: ${problem}`)
        return false
      }
      counts.retried += 1
      await sleep(200)
    }
  }
  async function until_stopped(step) {
    while (!stopping) {
      await step()
      await sleep(60)
    }
  }
  // The client chooses the id, so that repeating the request creates no second task.
  const write = async () => {
    const id = randomUUID()
    const body = { id, project_id: account.project, title: `Under load ${id}` }
    if (await ask('POST', '/api/v1/tasks', body, [200, 201])) acknowledged.add(id)
  }
  const read = () => ask('GET', `/api/v1/tasks?project_id=${account.project}&limit=20`, undefined, [200])
  const open = () => ask('GET', '/', undefined, [200])
  await Promise.all([write, write, read, open].map(until_stopped))
  const missing = () => [...acknowledged].filter((id) => !events.has(id))
  for (let i = 0; i < 200 && missing().length > 0; i++) await sleep(100)
  live.end()
  let there = 0
  for (let cursor = ''; cursor !== null; ) {
    const page = await api('GET', `/tasks?project_id=${account.project}&limit=100${cursor && `&cursor=${encodeURIComponent(cursor)}`}`)
    there += page.items.filter(({ id }) => acknowledged.has(id)).length
    cursor = page.next_cursor ?? null
  }
  const twice = [...events.values()].filter((times) => times > 1).length
  const result = {
    ...counts, written: acknowledged.size, lost: acknowledged.size - there, events_missed: missing().length, events_twice: twice,
    reconnects: live.reconnects, resyncs: live.resyncs,
  }
  console.log(JSON.stringify(result))
  failures.slice(0, 10).forEach((failure) => console.error(failure))
  assert.ok(acknowledged.size > 0, 'nothing was written')
  for (const name of ['failed', 'lost', 'events_missed', 'events_twice', 'resyncs']) assert.equal(result[name], 0, name)
}

async function same() {
  const me = await api('GET', '/users/me')
  assert.equal(me.email, account.email)
  const tasks = await api('GET', `/tasks?project_id=${account.project}&limit=10`)
  assert.ok(tasks.items.length > 0)
}

await { register, main, load, same }[mode]()
process.exit(0)
