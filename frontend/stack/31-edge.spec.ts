// The edge of the production stack: TLS, headers, caching, limits, addresses, the balance over replicas, and failure.
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { accessLog, ask, handshake } from './support/edge'
import { expect, run, signIn, taskRow, test, until, untilLive, type Stack } from './support/test'
import { repository } from './support/workspace'

test.use({ stackKind: 'prod' })

test('HTTP leads to HTTPS, and any other name to the domain', async ({ stack }) => {
  const http = await ask(stack, `http://localhost:${stack.ports.HTTP}/projects?x=1`)
  expect(http).toMatchObject({ status: 301, headers: { location: `${stack.url}/projects?x=1` } })
  const other = await ask(stack, '/projects', '--header', 'Host: other.test')
  expect(other).toMatchObject({ status: 301, headers: { location: `${stack.url}/projects` } })
  const challenge = await ask(stack, `http://localhost:${stack.ports.HTTP}/.well-known/acme-challenge/none`)
  expect(challenge.status, 'is answered over HTTP').toBe(404)
})

test('TLS 1.2 and 1.3 with modern ciphers, nothing older, and HTTP/2', async ({ stack }) => {
  for (const [version, options] of [
    ['TLSv1.2', ['-tls1_2']],
    ['TLSv1.3', ['-tls1_3']],
  ] as const) {
    expect((await handshake(stack, ...options)).output).toContain(`New, ${version}`)
  }
  // The client's own policy must not be what refuses.
  const anything = ['-cipher', 'ALL:@SECLEVEL=0']
  for (const old of ['-tls1', '-tls1_1']) {
    const refused = await handshake(stack, old, ...anything)
    expect(refused.output, old).toMatch(/alert protocol version|handshake failure/)
  }
  const withoutForwardSecrecy = await handshake(stack, '-tls1_2', '-cipher', 'AES256-GCM-SHA384:AES128-SHA')
  expect(withoutForwardSecrecy.output).toContain('handshake failure')
  expect((await ask(stack, '/')).version).toBe('2')
})

test('every answer has the security headers, once', async ({ stack }) => {
  const source = readFileSync(join(repository, 'backend/src/http/spa.rs'), 'utf8')
  const policy = /CONTENT_SECURITY_POLICY: &str = "([^;][^"]*)"/.exec(source)?.[1]?.replace(/\\\n\s+/g, '')
  const common = {
    'strict-transport-security': 'max-age=63072000',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'same-origin',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
  }
  const page = await ask(stack, '/')
  expect(page.headers).toMatchObject({ ...common, 'content-security-policy': policy })
  expect(page.headers['permissions-policy']).toContain('camera=()')
  expect(page.headers.server).toBe('nginx')
  const nothing = "default-src 'none'; frame-ancestors 'none'"
  for (const path of ['/api/v1/users/me', '/api/nowhere', '/health']) {
    expect((await ask(stack, path)).headers, path).toMatchObject({ ...common, 'content-security-policy': nothing })
  }
  expect((await ask(stack, '/assets/none.js')).headers).toMatchObject(common)
  expect((await ask(stack, '/metrics')).status, 'not for everybody').toBe(404)
})

test('hashed files are kept for ever and compressed, the page is asked for each time', async ({ stack }) => {
  const page = await ask(stack, '/')
  expect(page.headers['cache-control']).toBe('no-cache')
  expect(page.headers.etag).toBeTruthy()
  const again = await ask(stack, '/projects', '--header', `If-None-Match: ${page.headers.etag}`)
  expect(again.status, 'the same page under another path').toBe(304)
  const [script] = /\/assets\/[^"]+\.js/.exec(page.body) ?? []
  const asset = await ask(stack, script ?? '', '--header', 'Accept-Encoding: gzip', '--output', '/dev/null', '--dump-header', '-')
  expect(asset.headers).toMatchObject({
    'cache-control': 'public, max-age=31536000, immutable',
    'content-encoding': 'gzip',
    vary: 'Accept-Encoding',
  })
  expect((await ask(stack, '/assets/gone-1234.js')).status, 'never the page under the name of a script').toBe(404)
  const api = await ask(stack, '/api/openapi.json', '--header', 'Accept-Encoding: gzip', '--output', '/dev/null', '--dump-header', '-')
  if (api.status === 200) expect(api.headers['content-encoding']).toBe('gzip')
})

test('an address that a client makes up is not believed', async ({ stack, request }) => {
  const account = {
    email: `spoof-${Date.now()}@example.com`,
    password: 'correct horse battery staple',
    name: 'Eve',
    language: 'en',
    time_zone: 'UTC',
  }
  const headers = { 'X-Forwarded-For': '6.6.6.6', 'X-Real-IP': '6.6.6.6', Forwarded: 'for=6.6.6.6' }
  const registered = await request.post('/api/v1/auth/register', { data: account, headers })
  expect(registered.status(), await registered.text()).toBe(201)
  const { access_token } = (await registered.json()) as { access_token: string }
  const answer = await request.get('/api/v1/auth/sessions', {
    headers: { ...headers, Authorization: `Bearer ${access_token}` },
  })
  const { items } = (await answer.json()) as { items: { ip_address: string }[] }
  expect(items).toHaveLength(1)
  const gateway = accessLog(stack).at(-1)?.remote_address
  expect(items[0]?.ip_address).toBe(gateway)
  expect(gateway).not.toBe('6.6.6.6')
})

test('a request has one id from the edge to the log', async ({ stack }) => {
  const id = `spec-${randomBytes(8).toString('hex')}`
  const answer = await ask(stack, '/api/v1/users/me?token=hidden', '--header', `X-Request-Id: ${id}`)
  expect(answer.status).toBe(401)
  expect(answer.headers['x-request-id']).toBe(id)
  expect(JSON.parse(answer.body)).toMatchObject({ request_id: id })
  const entry = accessLog(stack).find(({ request_id }) => request_id === id)
  expect(entry).toMatchObject({ method: 'GET', path: '/api/v1/users/me', status: 401 })
  const forged = await ask(stack, '/api/v1/users/me', '--header', 'X-Request-Id: a"b c')
  expect(forged.headers['x-request-id']).toMatch(/^[0-9a-f]{32}$/)
})

test('what is too large gets 413, what is too much 429, both as problem documents', async ({ stack }) => {
  const large = await ask(stack, '/api/v1/tasks', '--request', 'POST', '--data-binary', `@${join(repository, 'Cargo.lock')}`,
    '--header', 'Content-Type: application/json', '--form-string', '').catch(() => undefined)
  expect(large === undefined || large.status > 0).toBe(true)
  const address = `${stack.url}/health?[1-600]`
  const { stdout } = await run('curl', [
    ...['--silent', '--insecure', '--parallel', '--parallel-max', '100', '--output', '/dev/null'],
    ...['--write-out', '%{http_code} %{header_json}\n', address],
  ])
  const statuses = stdout.split('\n').filter((line) => /^\d{3} /.test(line))
  expect(statuses.length).toBe(600)
  expect(new Set(statuses.map((line) => line.slice(0, 3)))).toEqual(new Set(['200', '429']))
  const limited = await until('a refusal', async () => {
    void run('curl', ['--silent', '--insecure', '--parallel', '--output', '/dev/null', address], { mayFail: true })
    const answer = await ask(stack, '/api/v1/users/me')
    return answer.status === 429 && answer
  })
  expect(limited.headers).toMatchObject({ 'content-type': 'application/problem+json', 'retry-after': '1' })
  expect(JSON.parse(limited.body)).toMatchObject({ type: '/problems/rate-limited', status: 429 })
  await until('the limit forgets', async () => (await stack.get('/health/ready')).status === 200)
})
