// make doctor: it finds what is broken, says how to mend it, and is content when all is well.
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, signIn, test, type Stack, until } from './support/test'

test.use({ stackKind: 'prod' })

const doctor = (stack: Stack) => stack.make('doctor', { mayFail: true, timeout: 120_000 })

/** What the backup service writes down, instead of it: as root, since the folder is that service's. */
async function withBackupStatus(stack: Stack, status: object, action: () => Promise<void>): Promise<void> {
  const file = join(stack.folder, 'backups/state/status.json')
  const before = existsSync(file) ? readFileSync(file) : null
  mkdirSync(join(stack.folder, 'backups/state'), { recursive: true })
  writeFileSync(file, JSON.stringify(status))
  chmodSync(file, 0o644)
  try {
    await action()
  } finally {
    if (before) writeFileSync(file, before)
    else rmSync(file)
  }
}

const ago = (hours: number): string => new Date(Date.now() - hours * 3_600_000).toISOString()
const goodBackup = {
  last_good_at: ago(1),
  last_good: 'one',
  last_good_bytes: 1,
  max_age_seconds: 93_600,
  count: 1,
}

test('a sound stack has no problems, seen from outside and from inside', async ({ stack }) => {
  await withBackupStatus(stack, goodBackup, async () => {
    const { status, output } = await doctor(stack)
    expect(output).toContain('Every service runs and is healthy.')
    expect(output).toContain('The live connection (WebSocket) gets through the proxy.')
    expect(output).toContain("The session's cookie is HttpOnly SameSite=Strict Secure.")
    expect(output).toContain(`leads to ${stack.url}.`)
    expect(output).toContain('HSTS')
    expect(output).toContain('signed by itself')
    expect(output).toContain('PostgreSQL 15')
    expect(output, 'no secret is printed').not.toContain(
      readFileSync(join(stack.folder, 'secrets/jwt_secret'), 'utf8'),
    )
    expect(output).not.toContain('PROBLEM')
    expect(status).toBe(0)
  })
})

test('what is broken is named, with the way to mend it', async ({ stack }) => {
  await withBackupStatus(stack, { ...goodBackup, last_good_at: ago(100) }, async () => {
    const { status, output } = await doctor(stack)
    expect(status).not.toBe(0)
    expect(output).toMatch(/PROBLEM +The last good backup is 4 days old/)
    expect(output).toContain('make backup')
  })
  await stack.compose(['stop', 'redis'])
  try {
    const { status, output } = await doctor(stack)
    expect(status).not.toBe(0)
    expect(output).toMatch(/PROBLEM +The service redis is exited/)
    expect(output).toMatch(/PROBLEM +Redis does not answer/)
    expect(output).toContain('make logs S=redis')
  } finally {
    await stack.compose(['start', 'redis'])
    await until('the server has Redis again', async () =>
      (await stack.get('/health/ready')).body.includes('"redis":"ok"'),
    )
  }
})

test('an administrator sees the same through the proxy', async ({ stack, browser, baseURL, account }) => {
  await stack.exec('backend', ['todo', 'admin', 'promote', '--email', account.email])
  const context = await browser.newContext({ baseURL, ignoreHTTPSErrors: true })
  const page = await context.newPage()
  await signIn(page, account, '/admin')
  const results = page.getByRole('list', { name: 'Results' })
  const check = (name: string) =>
    results.getByRole('listitem').filter({ has: page.getByRole('heading', { name, exact: true }) })
  await expect(check('Live connection')).toContainText('All right')
  await expect(check('Address of the app')).toContainText(`This request came to ${stack.url}`)
  await expect(check('Cookies')).toContainText('HttpOnly, Secure, SameSite=Strict')
  await expect(check('Certificate')).toContainText('signed by itself')
  await expect(check('Secure page')).toContainText('All right')
  await expect(check('Redis')).toContainText('Redis answers.')
  await context.close()
})
