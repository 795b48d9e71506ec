// The edge of the production stack: TLS, headers, caching, limits, addresses, the balance over replicas, and failure.
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { audit } from '../e2e/fixtures/test'
import { accessLog, ask, handshake } from './support/edge'
import { KeepAliveClients } from './support/keep-alive'
import { expect, run, signIn, taskRow, test, until, untilLive, type Stack } from './support/test'
import { repository } from './support/workspace'

test.use({ stackKind: 'prod' })

test('HTTP redirects to HTTPS, and any other name to the domain', async ({ stack }) => {
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
    expect((await ask(stack, path)).headers, path).toMatchObject({
      ...common,
      'content-security-policy': nothing,
    })
  }
  expect((await ask(stack, '/assets/none.js')).headers).toMatchObject(common)
  expect((await ask(stack, '/metrics')).status, 'not for everybody').toBe(404)
})

test('hashed files are immutable and compressed, the page is revalidated', async ({ stack }) => {
  const page = await ask(stack, '/')
  expect(page.headers['cache-control']).toBe('no-cache')
  expect(page.headers.etag).toBeTruthy()
  const html = ['--header', 'Accept: text/html,application/xhtml+xml,*/*;q=0.8']
  const again = await ask(stack, '/projects', ...html, '--header', `If-None-Match: ${page.headers.etag}`)
  expect(again.status, 'the same page under another path').toBe(304)
  const [script] = /\/assets\/[^"]+\.js/.exec(page.body) ?? []
  const asset = await ask(
    stack,
    script ?? '',
    '--header',
    'Accept-Encoding: gzip',
    '--output',
    '/dev/null',
    '--dump-header',
    '-',
  )
  expect(asset.headers).toMatchObject({
    'cache-control': 'public, max-age=31536000, immutable',
    'content-encoding': 'gzip',
    vary: 'Accept-Encoding',
  })
  expect((await ask(stack, '/projects', ...html)).headers.vary).toContain('Accept')
  for (const path of ['/robots.txt', '/.env', '/nope.png', '/wp-login.php', '/projects/v1.2']) {
    expect((await ask(stack, path, ...html)).status, path).toBe(404)
  }
  expect((await ask(stack, '/projects')).status, 'whoever takes anything wants a file').toBe(404)
  expect((await ask(stack, '/', '--head')).status).toBe(200)
  expect((await ask(stack, '/assets/gone-1234.js')).status, 'never the page under the name of a script').toBe(
    404,
  )
  const api = await ask(
    stack,
    '/api/openapi.json',
    '--header',
    'Accept-Encoding: gzip',
    '--output',
    '/dev/null',
    '--dump-header',
    '-',
  )
  if (api.status === 200) expect(api.headers['content-encoding']).toBe('gzip')
})

test('a forged client address is ignored', async ({ stack, request }) => {
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
  const entry = await until('it is logged', () =>
    accessLog(stack).find(({ request_id }) => request_id === id),
  )
  expect(entry).toMatchObject({ method: 'GET', path: '/api/v1/users/me', status: 401 })
  const forged = await ask(stack, '/api/v1/users/me', '--header', 'X-Request-Id: a"b c')
  expect(forged.headers['x-request-id']).toMatch(/^[0-9a-f]{32}$/)
})

test('oversized requests get 413 as a problem document', async ({ stack }) => {
  const options = ['--request', 'POST', '--header', 'Content-Type: application/json', '--data-binary', '@-']
  const args = ['--silent', '--insecure', '--http1.1', '--write-out', '\n%{http_code}', ...options]
  const input = 'x'.repeat(2 * 1024 * 1024)
  const { stdout } = await run('curl', [...args, `${stack.url}/api/v1/tasks`], { input })
  const [body = '', status] = stdout.split('\n')
  expect(status).toBe('413')
  expect(JSON.parse(body)).toMatchObject({ type: '/problems/body-too-large', status: 413 })
})

test('rate-limited requests get 429 as a problem document, temporarily', async ({ stack }) => {
  const { stdout } = await run('curl', [
    ...['--silent', '--insecure', '--parallel', '--parallel-max', '100'],
    ...['--write-out', '%{http_code} %header{retry-after} %{content_type}\n', '--output', '/dev/null'],
    `${stack.url}/health?[1-900]`,
  ])
  const lines = new Set(stdout.split('\n').filter(Boolean))
  expect(lines).toEqual(new Set(['200  application/json', '429 1 application/problem+json']))
  // The burst is allowed again when 50 a second have drained it: the next journey loads many files at once.
  await new Promise((resolve) => setTimeout(resolve, 5000))
  expect((await stack.get('/health/ready')).status).toBe(200)
})

test('two clients on different replicas get each other’s events', async ({
  stack,
  account,
  api,
  browserOf,
}) => {
  const project = await api.createProject('Two replicas')
  const path = `/projects/${project.id}`
  const pages = [await browserOf(account, { path }), await browserOf(account, { path })]
  for (const page of pages) await untilLive(page)
  const [one, other] = pages
  if (!one || !other) throw new Error('two pages')
  const mark = randomBytes(4).toString('hex')
  await one.getByRole('textbox', { name: 'Add a task' }).fill(`From the first ${mark}`)
  await one.keyboard.press('Enter')
  await expect(taskRow(other, `From the first ${mark}`)).toBeVisible()
  await other.getByRole('textbox', { name: 'Add a task' }).fill(`From the second ${mark}`)
  await other.keyboard.press('Enter')
  await expect(taskRow(one, `From the second ${mark}`)).toBeVisible()

  // A socket is logged when it ends.
  const sockets = (): string[] =>
    accessLog(stack)
      .filter(({ path: asked, status }) => asked === '/api/v1/ws' && status === 101)
      .map(({ upstream }) => upstream)
  const before = sockets().length
  for (const page of pages) await page.context().close()
  await until('both sockets are logged', () => sockets().length >= before + 2)
  expect(new Set(sockets().slice(before)).size, 'replicas').toBe(2)
})

test('reloading the edge disconnects no keep-alive client', async ({ stack }) => {
  const clients = new KeepAliveClients(`http://localhost:${stack.ports.HTTP}/x`, 16, 2)
  const reloads = async (): Promise<number> =>
    (await stack.compose(['logs', 'nginx'])).output.split('nginx reloaded').length
  for (let turn = 0; turn < 3; turn += 1) {
    const before = await reloads()
    // The watcher writes it again, and takes it for a change.
    await stack.exec('nginx', ['rm', '-f', '/tmp/edge/upstream/frontend.conf'])
    await until('a reload', async () => (await reloads()) > before)
  }
  await clients.stop()
  process.stdout.write(`    ${clients.requests} requests over kept connections\n`)
  expect(clients.failures).toEqual([])
  expect(clients.requests).toBeGreaterThan(300)
})

/** Which replicas answer now. */
async function answering(stack: Stack): Promise<Set<string>> {
  const mark = `spec-${randomBytes(6).toString('hex')}`
  for (let number = 0; number < 12; number += 1) {
    await ask(stack, '/health', '--header', `X-Request-Id: ${mark}-${number}`)
  }
  // An entry is written after the answer.
  const entries = await until('all are logged', () => {
    const found = accessLog(stack).filter(({ request_id }) => request_id.startsWith(mark))
    return found.length === 12 && found
  })
  return new Set(entries.map(({ upstream }) => upstream))
}

test('replicas join and leave without restarting the edge', async ({ stack }) => {
  const started = async (): Promise<string> => {
    const [id = ''] = await stack.containers('nginx')
    return (await run('docker', ['inspect', '--format', '{{.Id}} {{.State.StartedAt}}', id])).stdout
  }
  const before = await started()
  expect((await answering(stack)).size).toBe(2)
  const scale = (count: number): Promise<unknown> =>
    stack.compose(['up', '--detach', '--no-deps', '--no-recreate', '--scale', `backend=${count}`, 'backend'])
  await scale(3)
  await until('three answer', async () => (await answering(stack)).size === 3, { interval: 1000 })
  await scale(2)
  await until('two answer', async () => (await answering(stack)).size === 2, { interval: 1000 })
  expect(await started()).toBe(before)
})

test('while the back end is down people see a self-refreshing page, and programs a problem document', async ({
  stack,
  account,
  page,
}) => {
  await signIn(page, account)
  await stack.compose(['stop', '--timeout', '1', 'backend'])
  await until('the edge knows', async () => (await stack.get('/')).status === 503)
  const answer = await ask(stack, '/projects')
  expect(answer.headers).toMatchObject({
    'retry-after': '5',
    'cache-control': 'no-store',
    'x-frame-options': 'DENY',
  })
  const api = await ask(stack, '/api/v1/users/me')
  expect(api).toMatchObject({
    status: 503,
    headers: { 'retry-after': '5', 'content-type': 'application/problem+json' },
  })
  expect(JSON.parse(api.body)).toMatchObject({ type: '/problems/unavailable', status: 503 })

  await page.goto('/')
  await expect(page.getByRole('heading', { name: 'Back in a moment' })).toBeVisible()
  await expect(page.getByRole('heading', { name: '马上回来' })).toBeVisible()
  await audit(page, 'the page while the server is down')
  const stopped = Date.now()
  await stack.compose(['start', 'backend'])
  await expect(page.getByRole('heading', { level: 1, name: /, Ada/ })).toBeVisible({ timeout: 60_000 })
  process.stdout.write(`    back after ${Math.round((Date.now() - stopped) / 1000)} s, by itself\n`)
})
