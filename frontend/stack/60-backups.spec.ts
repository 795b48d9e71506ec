// Backups of the production stack: made under writes, proven, encrypted, kept and thrown away, and restored on an empty machine.
import { chmodSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client, type Account } from '../e2e/fixtures/account'
import { expect, prodStack, run, signIn, SLOW, test, until, type Stack } from './support/test'

test.use({ stackKind: 'prod' })

interface Backup {
  name: string
  verified: boolean
  encrypted: boolean
  bytes: number
  rows: number
}

const SET = /^\d{8}T\d{6}Z$/m
// Folders in which sets are, as their owner sees them; who runs the tests may not be root.
const inFolder = (stack: Stack, script: string, mayFail = false): ReturnType<Stack['compose']> =>
  stack.compose(['run', '--rm', '--no-deps', '--no-TTY', '--entrypoint', 'bash', 'backup', '-euc', script], {
    mayFail,
  })

async function backups(stack: Stack): Promise<Backup[]> {
  const { stdout } = await stack.compose(['run', '--rm', '--no-deps', '--no-TTY', 'backup', 'list', '--json'])
  return JSON.parse(stdout) as Backup[]
}

async function makeBackup(stack: Stack): Promise<string> {
  const { stdout } = await stack.make('backup')
  return SET.exec(stdout)?.[0] ?? ''
}

async function query(stack: Stack, sql: string): Promise<string[]> {
  const psql = ['psql', '--username=todo', '--dbname=todo', '--no-align', '--tuples-only', '--command']
  const { stdout } = await stack.exec('database', [...psql, sql])
  return stdout.split('\n').filter(Boolean)
}

const tablesOf = (stack: Stack): Promise<string[]> =>
  query(stack, "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")

/**
 * Every row of every table, by PostgreSQL's own means and not by the backup's; but for what workers write every few seconds: up to
 * when they have looked, and which of them leads; and but for sessions, which a restore ends.
 */
const ALWAYS_NEW = ['clock_marks', 'leases', 'sessions']

async function checksums(stack: Stack): Promise<string[]> {
  const tables = (await tablesOf(stack)).filter((table) => !ALWAYS_NEW.includes(table))
  const queries = tables.map(
    (table) => `SELECT '${table}', count(*), md5(string_agg(t::text, '|' ORDER BY t::text)) FROM ${table} t`,
  )
  return (await query(stack, queries.join(' UNION ALL '))).sort()
}

/** Less often than the edge lets one address ask. */
const PAUSE_MS = 40

/** Writes until it is stopped. */
function writeTasks(client: Client, projectId: string): () => Promise<void> {
  let stopped = false
  let count = 0
  const done = (async () => {
    while (!stopped) {
      await client.createTask({ title: `Task ${count}`, project_id: projectId })
      count += 1
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
    }
  })()
  return async () => {
    stopped = true
    await done
  }
}

test.describe.serial('backups', () => {
  let account: Account
  let first = ''

  test('a backup under writes is consistent and verified by restoring it', async ({
    stack,
    account: someone,
    playwright,
  }) => {
    account = someone
    const upload = "mkdir -p /restore/uploads/photos && echo picture >/restore/uploads/photos/'a b.txt'"
    await stack.compose([
      ...['run', '--rm', '--no-deps', '--no-TTY', '--user', 'root', '--cap-add', 'DAC_OVERRIDE'],
      ...[
        '--volume',
        `${stack.folder}/data/uploads:/restore/uploads`,
        '--entrypoint',
        'bash',
        'backup',
        '-c',
        upload,
      ],
    ])
    const client = await Client.of(playwright, stack.url, account)
    const project = await client.createProject('Under writes')
    const tasksThere = async (): Promise<number> =>
      Number((await query(stack, 'SELECT count(*) FROM tasks'))[0])
    const before = await tasksThere()
    const stop = writeTasks(client, project.id)
    first = await makeBackup(stack)
    await stop()
    await client.dispose()

    const { stdout } = await inFolder(stack, `cat /backups/${first}/manifest.json`)
    const manifest = JSON.parse(stdout) as {
      database: { contents: { tables: Record<string, { rows: number }>; migrations: unknown[] } }
      verified: { tables: number; migrations: number }
      redis: { included: boolean }
      uploads: { files: number }
    }
    const { tables, migrations } = manifest.database.contents
    const tasks = tables['public.tasks']?.rows ?? 0
    expect(tasks, 'it is of a moment in between').toBeGreaterThan(before)
    expect(tasks, 'it is of a moment in between').toBeLessThan(await tasksThere())
    expect(tables['public.task_search']?.rows, 'one snapshot of all tables').toBe(tasks)
    expect(manifest.verified).toMatchObject({
      tables: (await tablesOf(stack)).length,
      migrations: migrations.length,
    })
    expect(manifest.redis.included).toBe(true)
    expect(manifest.uploads.files).toBeGreaterThan(0)
    expect(await backups(stack)).toContainEqual(expect.objectContaining({ name: first, verified: true }))

    const listed = await stack.make('backups')
    expect(listed.stdout).toMatch(new RegExp(`${first} +.+ yes +no `))
    const status = JSON.parse(readFileSync(join(stack.folder, 'backups/state/status.json'), 'utf8')) as object
    expect(status).toMatchObject({ last_good: first, last_error: null })
    const metrics = readFileSync(join(stack.folder, 'backups/state/backup.prom'), 'utf8')
    expect(metrics).toMatch(/^todo_backup_last_good_timestamp_seconds \d{10}$/m)
  })

  test('a killed backup leaves no partial backup', async () => {
    const stack = await prodStack()
    const before = await backups(stack)
    const name = `${stack.project}-killed-backup`
    await stack.compose(['run', '--detach', '--no-deps', '--name', name, 'backup', 'create'])
    await until('the backup is on its way', () =>
      readdirSync(join(stack.folder, 'backups')).some((entry) => entry.startsWith('.partial-')),
    )
    await run('docker', ['kill', name])
    await run('docker', ['rm', '--volumes', name])
    expect((await backups(stack)).map((backup) => backup.name)).toEqual(before.map((backup) => backup.name))
  })

  test('an encrypted backup with a copy; old ones and crash remains are removed', async () => {
    const stack = await prodStack()
    const key = (await inFolder(stack, 'age-keygen 2>/dev/null')).stdout
    writeFileSync(join(stack.folder, 'identity.txt'), key, { mode: 0o600 })
    const recipient = /age1\w+/.exec(key)?.[0] ?? ''
    const copies = mkdtempSync(join(stack.folder, 'copies-'))
    chmodSync(copies, 0o777)
    await inFolder(
      stack,
      `for day in 20200101 20200102; do cp -r /backups/${first} /backups/\${day}T030000Z; done`,
    )

    const keep = ['DAILY=1', 'WEEKLY=0', 'MONTHLY=0'].flatMap((rule) => ['--env', `BACKUP_KEEP_${rule}`])
    const encrypted = ['--env', `BACKUP_AGE_RECIPIENT=${recipient}`]
    const command = ['run', '--rm', '--no-deps', '--no-TTY', ...encrypted, ...keep, 'backup', 'create']
    const { stdout } = await stack.compose(command, { env: { BACKUP_COPY_DIR: copies } })
    const made = SET.exec(stdout)?.[0] ?? ''
    const names = (await backups(stack)).map((backup) => backup.name)
    expect(names).toContain(first)
    expect(names.filter((name) => name.startsWith('2020'))).toEqual([])
    expect(readdirSync(join(stack.folder, 'backups')).filter((name) => name.startsWith('.partial'))).toEqual(
      [],
    )

    const files = (await inFolder(stack, `ls /backups/${made}`)).stdout.trim().split('\n').sort()
    const parts = ['database.dump', 'globals.sql', 'redis.rdb', 'uploads.tar'].map((part) => `${part}.age`)
    expect(files).toEqual(['SHA256SUMS', 'manifest.json', ...parts].sort())
    // And the ids of accounts that were erased since, for a restore.
    expect(readdirSync(copies).sort()).toEqual([made, 'erased-accounts.csv'])

    // To a store that others run goes nothing that they could read; the backup here is made all the same.
    const toStore = ['--env', 'BACKUP_S3_BUCKET=elsewhere/todo']
    const create = ['run', '--rm', '--no-deps', '--no-TTY', ...toStore, 'backup', 'create']
    const plain = await stack.compose(create, { mayFail: true })
    expect(plain.output).toContain('the copy to S3 was refused: it is not encrypted')
    const kept = SET.exec(plain.stdout)?.[0] ?? plain.output
    expect(await backups(stack)).toContainEqual(expect.objectContaining({ name: kept, verified: true }))
    await inFolder(stack, `rm -r /backups/${kept}`)

    const closed = await stack.make('backup-verify')
    expect(closed.output).toContain('without AGE_IDENTITY')
    const opened = await stack.make('backup-verify', { env: { AGE_IDENTITY: 'identity.txt' } })
    expect(opened.output).toContain(`${made} is good: restored and compared`)
  })

  test('a damaged file is detected, and its backup is not restored', async () => {
    const stack = await prodStack()
    const before = await checksums(stack)
    const damaged = '20250101T030000Z'
    const damage = 'printf X | dd of=database.dump bs=1 seek=2000 conv=notrunc status=none'
    await inFolder(
      stack,
      `cp -r /backups/${first} /backups/${damaged} && cd /backups/${damaged} && ${damage}`,
    )

    const restore = await stack.make('restore', { env: { BACKUP: damaged, CONFIRM: 'yes' }, mayFail: true })
    expect(restore.status).not.toBe(0)
    expect(restore.output).toContain('database.dump: FAILED')
    expect(restore.output).toContain('nothing was changed')
    expect(await checksums(stack)).toEqual(before)

    const found = await stack.make('backup-verify', { env: { BACKUP: damaged }, mayFail: true })
    expect(found.status).not.toBe(0)
    expect(found.output).toContain(`${damaged} is damaged: database.dump: FAILED`)
    const names = (await backups(stack)).map((backup) => backup.name)
    expect(names).toContain(`bad-${damaged}`)
    expect(names).not.toContain(damaged)
  })

  test('a restore without confirmation changes nothing', async () => {
    const stack = await prodStack()
    const asked = await stack.make('restore', { env: { BACKUP: first }, mayFail: true })
    expect(asked.status).not.toBe(0)
    expect(asked.output).toContain('nothing was changed')
  })

  test('an old last good backup makes the service unhealthy', { tag: SLOW }, async () => {
    const stack = await prodStack()
    const start = ['up', '--detach', '--no-deps', 'backup']
    await stack.compose(start, { env: { BACKUP_MAX_AGE_HOURS: '0.0001' } })
    const [id = ''] = await stack.containers('backup')
    await until(
      'the service is unhealthy',
      async () => {
        const { stdout } = await run('docker', ['inspect', '--format', '{{.State.Health.Status}}', id])
        return stdout.trim() === 'unhealthy'
      },
      { timeout: 180_000 },
    )
    const status = await stack.make('status', { mayFail: true })
    expect(status.status).not.toBe(0)
    expect(status.stdout).toMatch(/✘ backup/)
    expect((await stack.compose(['logs', 'backup'])).stdout).toMatch(
      /ERROR the last good backup .+ is too old/,
    )
    await stack.compose(start)
  })

  test('down -v, then restore the encrypted backup on an empty machine', { tag: SLOW }, async ({ page }) => {
    const stack = await prodStack()
    const key = readFileSync(join(stack.folder, 'identity.txt'), 'utf8')
    const recipient = /age1\w+/.exec(key)?.[0] ?? ''
    const before = await checksums(stack)
    const create = [
      'exec',
      '--no-TTY',
      '--env',
      `BACKUP_AGE_RECIPIENT=${recipient}`,
      'backup',
      'backup',
      'create',
    ]
    const { stdout } = await stack.compose(create)
    const name = SET.exec(stdout)?.[0] ?? ''

    await stack.down({ volumes: true })
    const uploads = `${stack.folder}/data:/workspace`
    await run('docker', [
      'run',
      '--rm',
      '--volume',
      uploads,
      'debian:bookworm-slim',
      'rm',
      '-rf',
      '/workspace/uploads',
    ])

    const restored = await stack.make('restore', {
      env: { BACKUP: 'latest', CONFIRM: 'yes', AGE_IDENTITY: 'identity.txt' },
    })
    expect(restored.output).toContain(`restored ${name}`)
    expect(restored.output).toContain('no data to keep a safety copy of')
    expect(await checksums(stack)).toEqual(before)
    expect(readFileSync(join(stack.folder, 'data/uploads/photos/a b.txt'), 'utf8')).toBe('picture\n')
    await until('the edge passes on', async () => (await stack.get('/health/ready')).status === 200)
    await signIn(page, account)
  })
})
