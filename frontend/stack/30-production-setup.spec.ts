// Before production runs: its settings and secrets. Without the shared fixtures, which would start the stack.
import { chmodSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@playwright/test'
import { Stack } from './support/stack'

const SECRETS = ['database_password', 'database_password_alternate', 'redis_password', 'jwt_secret']

test.describe.serial('setting up', () => {
  test('prod-init asks nothing if it knows the domain, and never overwrites', async () => {
    const stack = new Stack('prod')
    const file = (name: string): string => join(stack.folder, name)
    rmSync(file('.env.production'), { force: true })
    rmSync(file('secrets'), { recursive: true, force: true })

    const refused = await stack.make('prod-init', { env: { DOMAIN: undefined }, mayFail: true })
    expect(refused.status).not.toBe(0)
    expect(refused.output).toContain('DOMAIN=')

    await stack.make('prod-init', { env: { ACME_EMAIL: '' } })
    const settings = readFileSync(file('.env.production'), 'utf8')
    expect(settings).toContain('DOMAIN=localhost\n')
    expect(settings).toContain(`PUBLIC_URL=${stack.url}\n`)
    expect(statSync(file('secrets')).mode & 0o777).toBe(0o700)
    const secrets = SECRETS.map((name) => readFileSync(file(`secrets/${name}`), 'utf8'))
    for (const secret of secrets) expect(secret).toMatch(/^[0-9a-f]{64}$/)
    expect(new Set(secrets).size).toBe(SECRETS.length)

    const again = await stack.make('prod-init', { env: { DOMAIN: 'other.test' } })
    expect(again.output).toContain('left .env.production as it is')
    expect(readFileSync(file('.env.production'), 'utf8')).toBe(settings)
    expect(SECRETS.map((name) => readFileSync(file(`secrets/${name}`), 'utf8'))).toEqual(secrets)
    const { stdout } = await stack.command('git', ['status', '--porcelain', '.env.production', 'secrets'])
    expect(stdout, 'git ignores both').toBe('')
  })

  for (const [what, value] of [
    ['a default', 'change-me-change-me-change-me-change-me-1'],
    ['a short one', 'f3a9c1'],
    ['a regular one', '0101010101010101010101010101010101010101'],
  ] as const) {
    test(`prod-up refuses a weak secret: ${what}`, async () => {
      const stack = new Stack('prod')
      const file = join(stack.folder, 'secrets/jwt_secret')
      const good = readFileSync(file)
      const write = (content: string | Buffer): void => {
        chmodSync(file, 0o644)
        writeFileSync(file, content)
        chmodSync(file, 0o444)
      }
      write(value)
      try {
        const refused = await stack.make('prod-up', { mayFail: true, timeout: 30_000 })
        expect(refused.status).not.toBe(0)
        expect(refused.output).toContain('secrets/jwt_secret')
        expect(refused.output).not.toContain(value)
      } finally {
        write(good)
      }
    })
  }

  test('prod-up refuses unencrypted off-site backup copies', async () => {
    const stack = new Stack('prod')
    const env = { BACKUP_S3_BUCKET: 'elsewhere/todo' }
    const refused = await stack.make('prod-up', { env, mayFail: true, timeout: 30_000 })
    expect(refused.status).not.toBe(0)
    expect(refused.output).toContain('BACKUP_S3_BUCKET is set and BACKUP_AGE_RECIPIENT is not')
  })

  test('prod-up reports missing secrets and an example domain in one message', async () => {
    const stack = new Stack('prod')
    const env = { SECRETS_DIR: './nowhere', DOMAIN: 'todo.example.org' }
    const refused = await stack.make('prod-up', { env, mayFail: true, timeout: 30_000 })
    expect(refused.status).not.toBe(0)
    for (const name of SECRETS) expect(refused.output).toContain(`nowhere/${name} is missing`)
    expect(refused.output).toContain("DOMAIN is 'todo.example.org'")
  })
})
