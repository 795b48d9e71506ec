// `make dev-up` as a developer meets it: it runs, it shows edits by itself, it catches mail, and it is open to nobody else.
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  addTask,
  expect,
  openSignIn,
  run,
  signIn,
  taskRow,
  test,
  until,
  untilLive,
  type Stack,
} from './support/test'

interface Mail {
  subject: string
  to: { address: string }[]
}

/** Changes a file of the workspace, and nothing else. */
function edit(stack: Stack, file: string, from: string, to: string): void {
  const path = join(stack.folder, file)
  const before = readFileSync(path, 'utf8')
  expect(before, `${file} has what is to be changed`).toContain(from)
  writeFileSync(path, before.replace(from, to))
}

async function seconds(what: string, wait: () => Promise<unknown>): Promise<void> {
  const started = Date.now()
  await wait()
  process.stdout.write(`    ${what}: ${((Date.now() - started) / 1000).toFixed(1)} s\n`)
}

// The first start compiles everything.
test.setTimeout(25 * 60_000)

test('starts with all services healthy', async ({ stack }) => {
  const { stdout } = await stack.make('status')
  for (const service of [
    'nginx',
    'frontend',
    'backend',
    'worker',
    'database',
    'pgbouncer',
    'redis',
    'mail',
  ]) {
    expect(stdout).toMatch(new RegExp(`✔ ${service} .*healthy`))
  }
  for (const once of ['prepare', 'migrate']) expect(stdout).toMatch(new RegExp(`✔ ${once} .*done`))
})

test('end-to-end through the proxy, live between two browsers', async ({ page, account, browserOf }) => {
  await openSignIn(page)
  await signIn(page, account)
  const inbox = page.getByRole('navigation', { name: 'Main navigation' }).getByRole('link', { name: 'Inbox' })
  // Vite reloads the page when it meets a dependency for the first time, and a click is lost.
  await expect(async () => {
    await inbox.click()
    await expect(page).not.toHaveURL(/\/$/, { timeout: 5000 })
  }).toPass()
  await untilLive(page)
  const other = await browserOf(account, { path: new URL(page.url()).pathname })
  await untilLive(other)
  await addTask(page, 'Through the proxy')
  await expect(taskRow(other, 'Through the proxy')).toBeVisible()
})

test('an edited component shows without a reload', async ({ page, stack }) => {
  await openSignIn(page)
  await page.getByLabel('Email').fill('still@here.example')
  await page.evaluate(() => document.documentElement.setAttribute('data-loaded-once', ''))

  const added = '<p>Edited while it runs</p>'
  edit(stack, 'frontend/src/features/account/sign-in/UserAuth.vue', '</form>', `${added}</form>`)
  await seconds('an edit of a component', () => expect(page.getByText('Edited while it runs')).toBeVisible())

  await expect(page.locator('html[data-loaded-once]')).toBeAttached()
  await expect(page.getByLabel('Email')).toHaveValue('still@here.example')
  edit(stack, 'frontend/src/features/account/sign-in/UserAuth.vue', added, '')
  await expect(page.getByText('Edited while it runs')).toBeHidden()
})

test('an edited server is rebuilt and restarted', async ({ stack }) => {
  const file = 'backend/src/ops/health.rs'
  const edited = (): Promise<boolean> => stack.get('/health').then(({ body }) => body.includes('"edited"'))
  expect(await edited()).toBe(false)

  edit(stack, file, 'status: "ok"', 'status: "edited"')
  await seconds('an edit of the server', () => until('the edit', edited, { timeout: 10 * 60_000 }))

  // A mistake leaves the server of before running.
  edit(stack, file, 'status: "edited"', 'status: edited')
  const log = (): Promise<string> =>
    stack.compose(['logs', '--tail', '50', 'backend']).then(({ output }) => output)
  await until('the complaint', () => log().then((text) => text.includes('The program of before goes on')), {
    timeout: 10 * 60_000,
  })
  expect(await edited()).toBe(true)

  edit(stack, file, 'status: edited', 'status: "ok"')
  await until('the end of the edit', () => edited().then((shown) => !shown), { timeout: 10 * 60_000 })
  await until('readiness', () => stack.get('/health/ready').then(({ status }) => status === 200))
})

test('files written by containers belong to the developer', async ({ stack }) => {
  const { stdout } = await run('git', ['ls-files', '-z'], { cwd: stack.folder })
  const strangers = stdout
    .split('\0')
    .filter(Boolean)
    .filter((file) => statSync(join(stack.folder, file)).uid !== process.getuid?.())
  expect(strangers).toEqual([])
  const { stdout: changes } = await run('git', ['status', '--porcelain'], { cwd: stack.folder })
  expect(changes).toBe('')
})

test('mail is caught and shown', async ({ page, account, stack, request }) => {
  const asked = await request.post('/api/v1/auth/password-reset', { data: { email: account.email } })
  expect(asked.ok(), await asked.text()).toBe(true)

  const catcher = `http://localhost:${stack.ports.MAIL}`
  const mail = await until('the mail', async () => {
    const mails = (await (await request.get(`${catcher}/email`)).json()) as Mail[]
    return mails.find(
      ({ subject, to }) => /password/i.test(subject) && to.some(({ address }) => address === account.email),
    )
  })
  await page.goto(catcher)
  await expect(page.getByText(mail.subject).first()).toBeVisible()
})

test('ports are open on 127.0.0.1 only', async ({ stack }) => {
  const { stdout } = await stack.compose(['ps', '--format', '{{.Service}} {{.Publishers}}'])
  const published = [...stdout.matchAll(/\{(\S*) (\d+) (\d+) tcp\}/g)].filter(([, , , port]) => port !== '0')
  expect(published.map(([, address]) => address)).toEqual(published.map(() => '127.0.0.1'))
  const ports = published.map(([, , , port]) => Number(port))
  for (const name of [
    'HTTP',
    'FRONTEND',
    'BACKEND',
    'DATABASE',
    'PGBOUNCER',
    'REDIS',
    'MAIL',
    'SMTP',
  ] as const) {
    expect(ports, name).toContain(stack.ports[name])
  }
})

test('make seed adds data, and the prompts work', async ({ page, stack }) => {
  const { stdout } = await stack.make('seed')
  const [, email = '', password = ''] = /^ {2}(\S+@\S+) {2}(.+)$/m.exec(stdout) ?? []
  await page.goto('/login')
  await page.getByLabel('Email').fill(email)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: /^(Sign in|登录)$/ }).click()
  await expect(page).not.toHaveURL(/login/)

  const users = await stack.make('psql', { input: 'SELECT count(*) AS users FROM users;\n' })
  expect(Number(/^\s+(\d+)$/m.exec(users.stdout)?.[1])).toBeGreaterThan(1)
  const pong = await stack.make('redis-cli', { env: { ARGS: 'ping' } })
  expect(pong.stdout.trim()).toBe('PONG')
  const logs = await stack.make('logs', { env: { S: 'database', FOLLOW: 'no' } })
  expect(logs.stdout).toContain('database system is ready to accept connections')
})

test('an abandoned statement is cancelled through pgbouncer', async ({ stack }) => {
  // What the server asks for when it connects cannot pass; pgbouncer sets it itself.
  const environment = { PGPASSWORD: 'development-database', PGOPTIONS: '-c statement_timeout=1000' }
  const asked = ['psql', '--host=pgbouncer', '--port=6432', '--username=todo', '--no-align', '--tuples-only']
  const { stdout } = await stack.compose([
    'exec',
    '--no-TTY',
    ...Object.entries(environment).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
    'database',
    ...[...asked, '--command=SHOW statement_timeout', 'todo'],
  ])
  expect(stdout.trim()).toBe('35s')
})

test('the database accepts its superuser through the socket only', async ({ stack }) => {
  const { status, output } = await stack.exec(
    'database',
    [
      'env',
      'PGPASSWORD=development-database',
      'psql',
      '--host=database',
      '--username=postgres',
      '--command=SELECT 1',
    ],
    { mayFail: true },
  )
  expect(status).not.toBe(0)
  expect(output).toContain('pg_hba.conf rejects')
  const { stdout } = await stack.exec('database', [
    'psql',
    '--username=postgres',
    '--tuples-only',
    '--no-align',
    "--command=SELECT calls > 0 FROM pg_stat_statements JOIN pg_database d ON d.oid = dbid WHERE d.datname = 'todo' LIMIT 1",
  ])
  expect(stdout.trim()).toBe('t')
})
