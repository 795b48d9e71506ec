// make doctor: it finds what is broken, says how to mend it, and is content when all is well.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, openSignIn, signIn, test, type Stack, until } from './support/test'

test.use({ stackKind: 'prod' })

const doctor = (stack: Stack) => stack.make('doctor', { mayFail: true, timeout: 120_000 })

/** What each replica says of itself. */
async function readiness(stack: Stack): Promise<string[]> {
  const addresses = "getent ahostsv4 backend | awk '{ print $1 }' | sort -u"
  const ask = `for address in $(${addresses}); do curl --silent "http://$address:8000/health/ready"; echo; done`
  return (await stack.exec('nginx', ['sh', '-c', ask])).stdout.split('\n').filter(Boolean)
}

const hasRedis = (body: string): boolean => body.includes('"redis":"ok"')

test('a healthy stack has no problems from outside and inside', async ({ stack }) => {
  const state = join(stack.folder, 'backups/state/status.json')
  await until(
    'the first backup',
    () => existsSync(state) && /"last_good_at": *"/.test(readFileSync(state, 'utf8')),
    {
      timeout: 180_000,
    },
  )
  // A replica that was started just now is a warning, until Docker has asked it.
  await until('every service is healthy', async () =>
    (await stack.compose(['ps', '--format', '{{.Health}}'])).stdout
      .trim()
      .split('\n')
      .every((health) => health === 'healthy'),
  )
  const { status, output } = await doctor(stack)
  expect(output).toContain('Every service runs and is healthy.')
  expect(output).toContain('The live connection (WebSocket) gets through the proxy.')
  expect(output).toContain('The session cookie is HttpOnly SameSite=Strict Secure.')
  expect(output).toContain(`leads to ${stack.url}.`)
  expect(output).toContain('HSTS')
  expect(output).toContain('self-signed')
  expect(output).toContain('PostgreSQL 15')
  expect(output, 'no secret is printed').not.toContain(
    readFileSync(join(stack.folder, 'secrets/jwt_secret'), 'utf8'),
  )
  expect(output).not.toContain('PROBLEM')
  expect(status).toBe(0)
})

test('broken parts are named with their fix', async ({ stack }) => {
  await stack.compose(['stop', 'backup', 'redis'])
  const old = JSON.stringify({ last_good_at: '2020-01-01T00:00:00Z', max_age_seconds: 93_600, count: 1 })
  // As the service itself, which is the owner of its folder.
  const write = ['--entrypoint', 'sh', 'backup', '-c', 'printf %s "$0" > /backups/state/status.json', old]
  await stack.compose(['run', '--rm', '--no-deps', '--no-TTY', ...write])
  try {
    const { status, output } = await doctor(stack)
    expect(status).not.toBe(0)
    expect(output).toMatch(/PROBLEM +The last good backup is \d+ days old/)
    expect(output).toContain('make backup')
    expect(output).toMatch(/PROBLEM +The service backup is stopped/)
    expect(output).toMatch(/PROBLEM +The service redis is stopped/)
    expect(output).toMatch(/PROBLEM +Redis does not answer/)
    expect(output).toContain('make logs S=redis')
  } finally {
    await stack.compose(['start', 'backup', 'redis'])
    await until('every replica has Redis again', async () => {
      const says = await readiness(stack)
      return says.length === (await stack.containers('backend')).length && says.every(hasRedis)
    })
  }
})

test('an administrator sees the same through the proxy', async ({ stack, browser, baseURL, account }) => {
  await stack.exec('backend', ['todo', 'admin', 'promote', '--email', account.email])
  const context = await browser.newContext({ baseURL, ignoreHTTPSErrors: true })
  const page = await context.newPage()
  // Redis and the backup's container have just been started.
  await openSignIn(page)
  await signIn(page, account, '/admin')
  const results = page.getByRole('list', { name: 'Results' })
  const check = (name: string) =>
    results.getByRole('listitem').filter({ has: page.getByRole('heading', { name, exact: true }) })
  await expect(check('Live connection')).toContainText('OK')
  await expect(check('Public address')).toContainText(`This request came to ${stack.url}`)
  await expect(check('Cookies')).toContainText('HttpOnly, Secure, SameSite=Strict')
  await expect(check('Certificate')).toContainText('self-signed')
  await expect(check('Secure page')).toContainText('OK')
  // One look; a machine that is busy at that moment gets another.
  await expect(async () => {
    await page.reload()
    await expect(check('Redis')).toContainText('Redis is available.', { timeout: 10_000 })
  }).toPass()
  await context.close()
})
