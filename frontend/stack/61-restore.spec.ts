// A restore over live data: people see the page that says so all the time, and who was deleted since does not come back.
import { expect, SLOW, test, until, type Stack } from './support/test'

test.use({ stackKind: 'prod' })

async function query(stack: Stack, sql: string): Promise<string> {
  const psql = ['psql', '--username=todo', '--dbname=todo', '--no-align', '--tuples-only', '--command', sql]
  return (await stack.exec('database', psql)).stdout.trim()
}

/** What a browser gets when it goes there again and again: a status, and 0 for no answer at all. */
function watchPage(stack: Stack): () => Promise<Set<number>> {
  const seen = new Set<number>()
  let running = true
  const watching = (async () => {
    while (running) {
      const { status, body } = await stack.get('/projects', '--header', 'Accept: text/html')
      seen.add(status === 503 && !body.includes('Back in a moment') ? -503 : status)
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
  })()
  return async () => {
    running = false
    await watching
    return seen
  }
}

test(
  'a restore over live data keeps its page up and revives no deleted account',
  { tag: SLOW },
  async ({ stack, api }) => {
    test.setTimeout(8 * 60_000)
    const task = await api.createTask({ title: 'In the backup' })
    const gone = {
      email: `gone-${Date.now()}@example.com`,
      password: 'correct horse battery staple',
      name: 'Gone',
    }
    const registered = await stack.get(
      '/api/v1/auth/register',
      ...['--request', 'POST', '--header', 'Content-Type: application/json', '--data', JSON.stringify(gone)],
    )
    expect(registered.status, registered.body).toBe(201)
    const name = /\d{8}T\d{6}Z/.exec((await stack.make('backup')).stdout)?.[0] ?? ''

    await stack.exec('backend', ['todo', 'admin', 'delete', '--email', gone.email, '--yes'])
    const users = (): Promise<string> =>
      query(stack, `SELECT count(*) FROM users WHERE email = '${gone.email}'`)
    await until('the account is gone', async () => (await users()) === '0')
    expect(await query(stack, 'SELECT count(*) FROM erased_accounts')).not.toBe('0')

    const edge = await stack.containers('nginx')
    const stop = watchPage(stack)
    const { output } = await stack.make('restore', { env: { BACKUP: name, CONFIRM: 'yes' } })
    await until('the page is back', async () => (await stack.get('/health/ready')).status === 200)
    const seen = await stop()
    expect([...seen].sort(), 'the page, or the page that says that it comes back').toEqual([200, 503])
    expect(await stack.containers('nginx'), 'the edge was left alone').toEqual(edge)

    expect(output).toMatch(/\d+ account\(s\) that were deleted since the backup are deleted again/)
    expect(await query(stack, `SELECT count(*) FROM tasks WHERE id = '${task.id}'`)).toBe('1')
    await until('the account is gone again', async () => (await users()) === '0')
    const signIn = await stack.get(
      '/api/v1/auth/login',
      ...['--request', 'POST', '--header', 'Content-Type: application/json'],
      ...['--data', JSON.stringify({ email: gone.email, password: gone.password })],
    )
    expect(signIn.status).toBe(401)
  },
)
