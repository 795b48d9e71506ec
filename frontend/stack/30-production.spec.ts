// A production installation: what it shows to the outside, and the journey over HTTPS.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { addTask, expect, run, signIn, taskRow, test, until, untilLive, type Stack } from './support/test'

test.use({ stackKind: 'prod' })

const SECRETS = ['database_password', 'database_password_alternate', 'redis_password', 'jwt_secret']

interface Inspected {
  Name: string
  Config: { Env: string[]; Cmd: string[] | null; Image: string; User: string }
  HostConfig: {
    ReadonlyRootfs: boolean
    CapDrop: string[] | null
    PortBindings: object | null
    Memory: number
    PidsLimit: number | null
    Binds: string[] | null
  }
  NetworkSettings: { Ports: Record<string, { HostPort: string }[] | null>; Networks: Record<string, unknown> }
}

async function inspect(stack: Stack): Promise<{ text: string; containers: Inspected[] }> {
  const { stdout: ids } = await stack.compose(['ps', '--all', '--quiet'])
  const { stdout: text } = await run('docker', ['inspect', ...ids.split('\n').filter(Boolean)])
  return { text, containers: JSON.parse(text) as Inspected[] }
}

test("only the edge's two ports are published, and the data network is internal", async ({ stack }) => {
  const { containers } = await inspect(stack)
  const published = containers.flatMap(({ Name, NetworkSettings }) =>
    Object.values(NetworkSettings.Ports).flatMap((bindings) =>
      (bindings ?? []).map(({ HostPort }) => `${Name.replace(`/${stack.project}-`, '')} ${HostPort}`),
    ),
  )
  expect([...new Set(published)].sort()).toEqual(
    [`nginx-1 ${stack.ports.HTTP}`, `nginx-1 ${stack.ports.HTTPS}`].sort(),
  )
  const { stdout: internal } = await run('docker', [
    ...['network', 'inspect', '--format', '{{.Internal}}'],
    `${stack.project}_data`,
  ])
  expect(internal.trim()).toBe('true')
  for (const { Name, NetworkSettings } of containers) {
    if (!/-(database|redis|pgbouncer)-/.test(Name)) continue
    expect(Object.keys(NetworkSettings.Networks), Name).toEqual([`${stack.project}_data`])
  }
  const reach = await stack.exec('nginx', ['getent', 'hosts', 'database'], { mayFail: true })
  expect(reach.status, 'the edge does not even know the database').not.toBe(0)
})

test("only the watchdog has Docker's socket, and it has no network", async ({ stack }) => {
  const { containers } = await inspect(stack)
  const withSocket = containers.filter(({ HostConfig }) =>
    HostConfig.Binds?.some((bind) => bind.includes('docker.sock')),
  )
  expect(withSocket.map(({ Name }) => Name)).toEqual([`/${stack.project}-watchdog-1`])
  expect(Object.keys(withSocket[0]?.NetworkSettings.Networks ?? {})).toEqual(['none'])
})

test('a bare docker compose changes nothing in production', async ({ stack }) => {
  const { text: before } = await inspect(stack)
  const ids = (text: string): string[] => (JSON.parse(text) as { Id: string }[]).map(({ Id }) => Id).sort()
  const bare = { STACK: undefined, COMPOSE_PROJECT_NAME: undefined }
  for (const [args, env] of [
    [['up', '--detach'], bare],
    [['down', '--volumes'], bare],
    [['--env-file', '.env.production', 'up', '--detach'], bare],
    // The settings of the scripts in the shell, and the production stack's name: the development file still refuses.
    [['up', '--detach'], { STACK: 'prod', COMPOSE_PROJECT_NAME: stack.project }],
  ] as const) {
    const refused = await stack.command('docker', ['compose', ...args], { env, mayFail: true })
    expect(refused.status, refused.output).not.toBe(0)
    expect(refused.output).toMatch(
      /STACK is missing a value: .*use make|DEVELOPER_UID is missing a value: .*for development/,
    )
  }
  const asDevelopment = await stack.make('dev-up', { env: { STACK: undefined }, mayFail: true })
  expect(asDevelopment.output).toContain('this folder is a production installation')
  // And what the files call themselves without the scripts.
  const named = async (file: string, env: Record<string, string>): Promise<string> => {
    const config = ['compose', '--file', 'docker-compose.yml', '--file', file, 'config', '--format', 'json']
    const both = { ...bare, STACK: 'x', DOMAIN: 'x', PUBLIC_URL: 'x', ...env }
    const { stdout } = await stack.command('docker', config, { env: both })
    return (JSON.parse(stdout) as { name: string }).name
  }
  expect(await named('docker-compose.override.yml', { DEVELOPER_UID: '1', DEVELOPER_GID: '1' })).toBe(
    'todo-dev',
  )
  expect(await named('docker-compose.prod.yml', {})).toBe('todo')
  expect(ids((await inspect(stack)).text)).toEqual(ids(before))
})

test('every container is confined', async ({ stack }) => {
  const { containers } = await inspect(stack)
  for (const { Name, HostConfig } of containers) {
    expect(HostConfig.ReadonlyRootfs, Name).toBe(true)
    expect(HostConfig.CapDrop, Name).toContain('ALL')
    expect(HostConfig.Memory, Name).toBeGreaterThan(0)
    expect(HostConfig.PidsLimit ?? 0, Name).toBeGreaterThan(0)
  }
})

test('no secret is in an environment, a log or an image', async ({ stack }) => {
  const secrets = SECRETS.map((name) => readFileSync(join(stack.folder, 'secrets', name), 'utf8'))
  const { text, containers } = await inspect(stack)
  const logs = (await stack.compose(['logs', '--no-color'])).output
  const images = [...new Set(containers.map(({ Config }) => Config.Image))]
  const histories = await Promise.all(
    images.map(async (image) => (await run('docker', ['history', '--no-trunc', image])).stdout),
  )
  const files = await run('grep', ['-rlFf', '-', 'logs'], {
    cwd: stack.folder,
    input: `${secrets.join('\n')}\n`,
    mayFail: true,
  })
  for (const secret of secrets) {
    for (const place of [text, logs, ...histories]) expect(place.includes(secret)).toBe(false)
  }
  expect(files.stdout, 'log files').toBe('')
})

/** Everything that the page's policy has stopped. */
async function violations(page: Page): Promise<string[]> {
  const found: string[] = []
  page.on('console', (message) => {
    if (/content security policy/i.test(message.text())) found.push(message.text())
  })
  await page.exposeFunction('tellViolation', (text: string) => found.push(text))
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
      void (window as unknown as { tellViolation: (text: string) => void }).tellViolation(
        `${violatedDirective} ${blockedURI}`,
      )
    })
  })
  return found
}

test('end-to-end over HTTPS without policy violations', async ({ page, browser }) => {
  const stopped = await violations(page)
  const email = `journey-${Date.now()}@example.com`
  await page.goto('/')
  await page.getByRole('link', { name: 'Create account' }).click()
  await page.getByLabel('Name').fill('Ada')
  await page.getByLabel('Email').fill(email)
  await page.getByLabel('Password', { exact: true }).fill('correct horse battery staple')
  await page.getByRole('button', { name: 'Create account' }).click()
  await expect(page.getByRole('heading', { level: 1, name: /, Ada/ })).toBeVisible()
  await page.getByRole('main').getByRole('button', { name: 'New project' }).click()
  const dialog = page.getByRole('dialog', { name: 'New project' })
  await dialog.getByLabel('Name of the project').fill('Spring release')
  await dialog.getByRole('button', { name: 'Create' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Spring release' })).toBeVisible()
  await untilLive(page)

  const context = await browser.newContext({ baseURL: new URL(page.url()).origin, ignoreHTTPSErrors: true })
  const elsewhere = await context.newPage()
  const stoppedElsewhere = await violations(elsewhere)
  const account = { id: '', email, password: 'correct horse battery staple', name: 'Ada', accessToken: '' }
  await signIn(elsewhere, account, new URL(page.url()).pathname)
  await untilLive(elsewhere)
  await addTask(elsewhere, '写发布说明')
  await expect(taskRow(page, '写发布说明')).toBeVisible()
  await taskRow(page, '写发布说明').getByRole('link').click()
  await expect(page.getByRole('dialog', { name: 'Task details' })).toBeVisible()

  const cookies = await page.context().cookies()
  const refresh = cookies.find(({ name }) => name.startsWith('__Host-todo_refresh'))
  expect(refresh).toMatchObject({ secure: true, httpOnly: true, sameSite: 'Strict' })
  await context.close()
  expect([...stopped, ...stoppedElsewhere]).toEqual([])
})

test('Swagger UI works with its policy', async ({ page }) => {
  const stopped = await violations(page)
  await page.goto('/api/docs/')
  await expect(page.getByText('/api/v1/auth/register').first()).toBeVisible()
  expect(stopped).toEqual([])
})

test('prod-up without a change recreates nothing', async ({ stack }) => {
  const started = async (): Promise<string> => {
    const { stdout } = await stack.compose(['ps', '--quiet'])
    const ids = stdout.split('\n').filter(Boolean).sort()
    return (await run('docker', ['inspect', '--format', '{{.Id}} {{.State.StartedAt}}', ...ids])).stdout
  }
  const before = await started()
  const { output } = await stack.make('prod-up')
  expect(output).toContain(`runs on ${stack.url}`)
  expect(output).toContain('todo admin create')
  expect(await started()).toBe(before)
})

test('the first administrator is created by the command that prod-up prints', async ({ stack, request }) => {
  const email = `admin-${Date.now()}@example.com`
  const { stdout } = await stack.exec('backend', ['todo', 'admin', 'create', '--email', email])
  const password = /Password: (\S+)/.exec(stdout)?.[1]
  const answer = await request.post('/api/v1/auth/login', { data: { email, password } })
  expect(answer.status()).toBe(200)
})

test('the watcher and nginx restart automatically', async ({ stack }) => {
  // The brackets keep the command from finding itself; what the watcher has just started has a higher number.
  const watcher = 'grep -l "[w]atcher.sh" /proc/[0-9]*/cmdline | cut -d/ -f3 | sort -n | head -n 1'
  await stack.exec('nginx', ['bash', '-c', `kill -KILL "$(${watcher})"`])
  await until('the watcher is started again', async () => {
    const { output } = await stack.compose(['logs', 'nginx'])
    return output.includes('the watcher ended') && (await stack.get('/health/ready')).status === 200
  })
  const [edge = ''] = await stack.containers('nginx')
  const restarts = async (): Promise<number> =>
    Number((await run('docker', ['inspect', '--format', '{{.RestartCount}}', edge])).stdout)
  const before = await restarts()
  await stack.exec('nginx', ['bash', '-c', 'kill -KILL "$(cat /tmp/edge/nginx.pid)"'], { mayFail: true })
  await until('the edge is started again', async () => (await restarts()) > before)
  await until('the edge answers', async () => (await stack.get('/health/ready')).status === 200)
  expect(await stack.containers('nginx')).toEqual([edge])
})
