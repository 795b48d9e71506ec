// New releases, and steps back, while people write and watch: not one request fails, and no event is missed.
import { readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, run, SLOW, test, until, type Stack } from './support/test'
import { Traffic } from './support/traffic'
import { commit } from './support/workspace'

test.use({ stackKind: 'prod' })
test.describe.configure({ mode: 'serial' })

async function revision(stack: Stack): Promise<string> {
  const { body } = await stack.get('/health')
  return (JSON.parse(body) as { revision: string }).revision
}

async function head(stack: Stack): Promise<string> {
  return (await run('git', ['rev-parse', 'HEAD'], { cwd: stack.folder })).stdout.trim()
}

/** The revisions of the images that run. */
async function running(stack: Stack, service: string): Promise<string[]> {
  const format = '{{index .Config.Labels "org.opencontainers.image.revision"}}'
  const { stdout } = await run('docker', [
    'inspect',
    '--format',
    format,
    ...(await stack.containers(service)),
  ])
  return stdout.trim().split('\n')
}

function tell(what: string, milliseconds: number): void {
  process.stdout.write(`    ${what}: ${(milliseconds / 1000).toFixed(0)} s\n`)
}

// What of the stack runs; what one setting of the servers concerns is not in it.
const ids = async (stack: Stack, service: string): Promise<string[]> =>
  (await stack.containers(service)).sort()
const others = (stack: Stack): Promise<string[][]> =>
  Promise.all(
    ['nginx', 'database', 'redis', 'pgbouncer', 'frontend', 'watchdog', 'acme', 'backup'].map((service) =>
      ids(stack, service),
    ),
  )

// First, while what runs is what is checked out.
test('make prod-up names each wrong setting and changes nothing', async ({ stack }) => {
  const file = join(stack.folder, '.env.production')
  const settings = readFileSync(file, 'utf8')
  const before = [await ids(stack, 'backend'), await others(stack)]
  const wrong = [
    'SESSION_DAYS=abc',
    'RATE_LIMIT_INVITE_PER_USER=often',
    'EDGE_REQUEST_BURST=x',
    'BACKUP_TIME=noon',
  ]
  writeFileSync(file, `${settings}${wrong.slice(0, 3).join('\n')}\n`)
  const refused = await stack.make('prod-up', { mayFail: true })
  expect(refused.status).not.toBe(0)
  for (const name of [
    'SESSION_DAYS: "abc"',
    'RATE_LIMIT_INVITE_PER_USER: "often"',
    "EDGE_REQUEST_BURST is 'x'",
  ]) {
    expect(refused.output).toContain(name)
  }
  expect(refused.output).toContain('nothing was changed')
  writeFileSync(file, `${settings}${wrong.join('\n')}\n`)
  expect((await stack.make('prod-up', { mayFail: true })).output).toContain("BACKUP_TIME is 'noon'")
  expect([await ids(stack, 'backend'), await others(stack)]).toEqual(before)
  writeFileSync(file, settings)
})

// It replaces containers as make deploy does, which runs always.
test('make prod-up after a change of one setting, under load', { tag: SLOW }, async ({ stack }) => {
  const file = join(stack.folder, '.env.production')
  const [servers, rest] = [await ids(stack, 'backend'), await others(stack)]
  const traffic = await Traffic.start(stack)
  // Another one at each attempt.
  writeFileSync(file, `${readFileSync(file, 'utf8')}SESSION_DAYS=${31 + (Date.now() % 300)}\n`)
  const { milliseconds } = await stack.make('prod-up')
  await traffic.goesOn()
  tell('make prod-up', milliseconds)
  await traffic.endWithoutFailure()
  for (const id of await ids(stack, 'backend')) expect(servers).not.toContain(id)
  expect(await others(stack), 'what has not changed is left alone').toEqual(rest)
})

test('a changed password file recreates only its readers', async ({ stack }) => {
  const hash = async (service: string): Promise<string> =>
    (await run('scripts/compose.sh', ['prod', 'config', '--hash', service], { cwd: stack.folder })).stdout
  const hashes = async (): Promise<string[]> =>
    Promise.all(['backend', 'worker', 'database', 'nginx'].map(hash))
  const before = await hashes()
  utimesSync(join(stack.folder, 'secrets/smtp_password'), new Date(), new Date())
  const after = await hashes()
  expect(after.map((one, at) => one === before[at])).toEqual([false, false, true, true])
})

test('make deploy of a new revision, under load', async ({ stack }) => {
  const before = await revision(stack)
  await commit(stack.folder, 'A new revision')
  const after = await head(stack)
  expect(before).not.toBe(after)
  const edge = await stack.containers('nginx')
  const traffic = await Traffic.start(stack)
  const { output, milliseconds } = await stack.make('deploy')
  await traffic.goesOn()
  tell('make deploy', milliseconds)
  await traffic.endWithoutFailure()
  expect(output).toContain('the last good backup')
  expect(await revision(stack)).toBe(after)
  for (const service of ['backend', 'worker', 'frontend']) {
    expect(new Set(await running(stack, service)), service).toEqual(new Set([after]))
  }
  expect(await stack.containers('nginx'), 'what has not changed is left alone').toEqual(edge)
})

test('make rollback, under load', async ({ stack }) => {
  const now = await revision(stack)
  const traffic = await Traffic.start(stack)
  const { milliseconds } = await stack.make('rollback')
  await traffic.goesOn()
  tell('make rollback', milliseconds)
  await traffic.endWithoutFailure()
  const before = await revision(stack)
  expect(before).not.toBe(now)
  expect(new Set(await running(stack, 'backend'))).toEqual(new Set([before]))
})

test('an unhealthy release is stopped and the old one keeps serving', async ({ stack }) => {
  const [serving, replicas] = [await revision(stack), await stack.containers('backend')]
  const release = readFileSync(join(stack.folder, '.release.env'), 'utf8')
  const dockerfile = join(stack.folder, 'backend/Dockerfile')
  const good = readFileSync(dockerfile, 'utf8')
  expect(good).toContain('CMD ["todo", "healthcheck"]')
  writeFileSync(dockerfile, good.replace('"healthcheck"]', '"healthcheck", "--path", "/nowhere"]'))
  await commit(stack.folder, 'A revision that never says that it is well')
  const traffic = await Traffic.start(stack)
  const { status, output } = await stack.make('deploy', {
    env: { READY_SECONDS: '15', BACKUP: 'no' },
    mayFail: true,
  })
  // First of all, for what comes after.
  writeFileSync(dockerfile, good)
  await commit(stack.folder, 'Mended')
  await traffic.endWithoutFailure()
  expect(status).not.toBe(0)
  expect(output).toContain('backend: removed it again')
  expect(output).toMatch(/was not put into service; \S+ serves on/)
  expect((await stack.containers('backend')).sort()).toEqual(replicas.sort())
  expect(await revision(stack)).toBe(serving)
  expect(readFileSync(join(stack.folder, '.release.env'), 'utf8')).toBe(release)
})

test('make scale, up and down again, under load', async ({ stack }) => {
  const replicas = (await stack.containers('backend')).length
  const balanced = async (): Promise<number> => {
    const { stdout } = await stack.exec('nginx', ['cat', '/tmp/edge/upstream/backend.conf'])
    return stdout.split('\n').filter((line) => line.startsWith('server ')).length
  }
  const traffic = await Traffic.start(stack)
  await stack.make('scale', { env: { BACKEND: '3' } })
  expect((await stack.containers('backend')).length).toBe(3)
  expect(await balanced()).toBe(3)
  expect(readFileSync(join(stack.folder, '.env.production'), 'utf8')).toContain('BACKEND_REPLICAS=3\n')
  await stack.make('scale', { env: { BACKEND: String(replicas) } })
  await until('the balance', async () => (await balanced()) === replicas)
  await traffic.goesOn()
  await traffic.endWithoutFailure()
  const refused = await stack.make('scale', { env: { BACKEND: 'many' }, mayFail: true })
  expect(refused.output).toContain('make scale BACKEND=4')
})

test(
  'make rotate SECRET=database, interrupted and repeated, under load',
  { tag: SLOW },
  async ({ stack }) => {
    const release = (): string => readFileSync(join(stack.folder, '.release.env'), 'utf8')
    const passwords = (): string[] =>
      ['', '_alternate'].map((login) =>
        readFileSync(join(stack.folder, 'secrets', `database_password${login}`), 'utf8'),
      )
    const [before, old] = [release(), passwords()]
    const traffic = await Traffic.start(stack)
    // As soon as it is written down that the servers are to take the other login.
    const cut =
      'cp .release.env .before; setsid make rotate & while cmp -s .release.env .before; do sleep 0.1; done; kill -KILL -- -$!'
    await stack.command('bash', ['-c', cut], { env: { SECRET: 'database' }, mayFail: true })
    expect(release()).not.toBe(before)
    await stack.make('rotate', { env: { SECRET: 'database' } })
    await traffic.goesOn()
    await traffic.endWithoutFailure()
    for (const password of passwords()) expect(old).not.toContain(password)
    expect((await stack.make('backup')).output, 'the backup has its own way in').toContain('is good')
  },
)

const SECRET_FILES = { jwt: 'jwt_secret', redis: 'redis_password' }
// One replaces servers one after another, as make prod-up does above; the other replaces none.
for (const secret of ['jwt', 'redis'] as const) {
  const tag = secret === 'redis' ? [] : SLOW
  test(`make rotate SECRET=${secret}, under load`, { tag }, async ({ stack }) => {
    const file = join(stack.folder, 'secrets', SECRET_FILES[secret])
    const before = readFileSync(file, 'utf8')
    const traffic = await Traffic.start(stack)
    const { milliseconds } = await stack.make('rotate', { env: { SECRET: secret } })
    await traffic.goesOn()
    tell(`make rotate SECRET=${secret}`, milliseconds)
    await traffic.endWithoutFailure()
    expect(readFileSync(file, 'utf8')).not.toBe(before)
    await until('readiness', async () => (await stack.get('/health/ready')).status === 200)
  })
}
