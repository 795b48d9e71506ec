// The images as they are shipped: small, without a user's rights, and with nothing in them that does not belong there.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@playwright/test'
// Not the stacks' fixtures, which would start one.
import { run } from './support/run'
import { cargoProfile, Stack } from './support/stack'

interface Image {
  Size: number
  Config: {
    User: string
    Labels: Record<string, string>
    Env: string[]
    Healthcheck?: { Test: string[] }
  }
}

const MEGABYTE = 1_000_000
const asShipped = cargoProfile === 'release'

/** Dockerfile, context and what it stands on; `limit` is what may be above that. */
const IMAGES = [
  {
    name: 'backend',
    context: '.',
    file: 'backend/Dockerfile',
    base: 'gcr.io/distroless/cc-debian12:nonroot',
    limit: asShipped ? 60 : 90,
  },
  { name: 'frontend', context: 'frontend', file: 'frontend/Dockerfile', base: 'nginx:stable', limit: 15 },
  {
    name: 'pgbouncer',
    context: 'database/pgbouncer',
    file: 'database/pgbouncer/Dockerfile',
    base: 'debian:trixie-slim',
    limit: 80,
  },
  { name: 'nginx', context: 'nginx', file: 'nginx/Dockerfile', base: 'nginx:stable', limit: 30 },
]

const REVISION = '0123456789abcdef0123456789abcdef01234567'

const production = (): Stack => new Stack('prod')
const tag = (name: string): string => `${production().project}/${name}:test`

async function inspect(image: string): Promise<Image> {
  const { stdout } = await run('docker', ['image', 'inspect', image])
  const [found] = JSON.parse(stdout) as Image[]
  if (!found) throw new Error(`no image ${image}`)
  return found
}

async function build(name: string): Promise<number> {
  const image = IMAGES.find((one) => one.name === name)
  if (!image) throw new Error(`no image ${name}`)
  const args = ['--file', image.file, '--tag', tag(name)]
  const labels = ['--build-arg', 'VERSION=9.8.7', '--build-arg', `REVISION=${REVISION}`]
  if (name === 'backend') labels.push('--build-arg', `CARGO_PROFILE=${cargoProfile}`)
  const { milliseconds } = await production().command(
    'docker',
    ['build', ...args, ...labels, image.context],
    {
      timeout: 40 * 60_000,
    },
  )
  return milliseconds
}

for (const { name, base, limit } of IMAGES) {
  test(`${name}: small, labelled, and not running as root`, async () => {
    test.setTimeout(45 * 60_000)
    const milliseconds = await build(name)
    const [image, below] = await Promise.all([inspect(tag(name)), inspect(base)])

    const above = (image.Size - below.Size) / MEGABYTE
    process.stdout.write(
      `    ${name}: ${above.toFixed(1)} MB above ${base}, ${Math.round(milliseconds / 1000)} s\n`,
    )
    expect(above).toBeLessThan(limit)

    expect(image.Config.Labels).toMatchObject({
      'org.opencontainers.image.version': '9.8.7',
      'org.opencontainers.image.revision': REVISION,
    })
    expect(image.Config.User.split(':')[0], 'the user').toMatch(/^[1-9]\d*$/)
    expect(image.Config.Healthcheck?.Test.length ?? 0, 'a health check').toBeGreaterThan(1)
  })

  test(`${name}: no secret in its history or environment`, async () => {
    const { stdout: history } = await run('docker', [
      'history',
      '--no-trunc',
      '--format',
      '{{.CreatedBy}}',
      tag(name),
    ])
    const { Config } = await inspect(tag(name))
    const said = [history, ...Config.Env].join('\n')
    const settings = readFileSync(join(production().folder, '.env.development'), 'utf8')
    const secrets = settings
      .split('\n')
      .map((line) => /^\w*(?:PASSWORD|SECRET)=(.+)$/.exec(line)?.[1])
      .filter((value) => value !== undefined)
    expect(secrets.length).toBeGreaterThan(1)
    for (const secret of secrets) expect(said).not.toContain(secret)
    expect(said).not.toMatch(/(PASSWORD|SECRET|TOKEN|PRIVATE_KEY)=\S/i)
  })
}

test('backend: contains no shell or other programs', async () => {
  for (const shell of ['sh', 'bash', '/bin/sh', '/busybox/sh']) {
    const { status, output } = await run(
      'docker',
      ['run', '--rm', '--entrypoint', shell, tag('backend'), '-c', 'true'],
      {
        mayFail: true,
      },
    )
    expect(status, output).toBe(127)
  }
  const { stdout } = await run('docker', ['run', '--rm', tag('backend'), '--version'])
  expect(stdout).toMatch(/^todo \d+\.\d+\.\d+/)
})

test('build contexts contain no builds, data or secrets', async () => {
  const dockerfile = 'FROM scratch\nCOPY . /\n'
  const contents = async (context: string): Promise<string[]> => {
    const image = tag('context')
    await production().command('docker', ['build', '--tag', image, '--file', '-', context], {
      input: dockerfile,
    })
    const { stdout: container } = await run('docker', ['create', image, 'none'])
    const { stdout: files } = await run('bash', ['-c', `docker export ${container.trim()} | tar --list`])
    await run('docker', ['rm', container.trim()])
    await run('docker', ['image', 'rm', image])
    return files.split('\n')
  }
  const back = await contents('.')
  expect(back).toContain('Cargo.lock')
  expect(
    back.filter((file) =>
      /^((frontend|docs|nginx|data|logs|backups|secrets|target|\.git)\/|\.env)/.test(file),
    ),
  ).toEqual([])
  const front = await contents('frontend')
  expect(front).toContain('package-lock.json')
  expect(front.filter((file) => /^(node_modules|dist|e2e|stack|test-results)\//.test(file))).toEqual([])
})

test('every setting reaches the server and is in .env.example', async () => {
  const read = (file: string): string => readFileSync(join(production().folder, file), 'utf8')
  const example = read('.env.example')
  const settings = [...example.matchAll(/^([A-Z0-9_]+)=/gm)].map(([, name]) => name)
  const files = read('docker-compose.yml')
  const ofServer = files.slice(files.indexOf('x-backend-environment'), files.indexOf('x-backend:'))
  // What has no meaning there: the private database, and pages, which the front end serves.
  const elsewhere = ['DATA_DIR', 'POSTGRES_BIN', 'STATIC_DIR', 'REVISION']
  const missing = settings.filter(
    (name) => name && !elsewhere.includes(name) && !new RegExp(`^  ${name}(_FILE)?:`, 'm').test(ofServer),
  )
  expect(missing, 'settings that docker-compose.yml does not pass on').toEqual([])

  const all = files + read('docker-compose.override.yml') + read('docker-compose.prod.yml')
  const used = [...all.matchAll(/\$\{([A-Z0-9_]+)|^ +([A-Z0-9_]+):$/gm)].map(([, one, other]) => one ?? other)
  // Set by the scripts.
  const ownAffairs = [
    ...['STACK', 'DEVELOPER_UID', 'DEVELOPER_GID', 'RELEASE', 'VERSION', 'REVISION'],
    ...['JWT_SECRET_OLD_FILE', 'SECRETS_REVISION', 'DATABASE_LOGIN'],
  ]
  const unexplained = new Set(
    used.filter(
      (name) =>
        name &&
        !ownAffairs.includes(name) &&
        !name.endsWith('_RELEASE') &&
        !new RegExp(`^(# )?${name}=`, 'm').test(example),
    ),
  )
  expect([...unexplained], 'settings that .env.example does not explain').toEqual([])
})
