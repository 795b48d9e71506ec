// Where the stacks of a test run live: a copy of the repository's files in a temporary folder, with a project name and
// ports of its own, so that nothing of this checkout or of another stack is touched. Made by setup.ts; the description is
// handed on in the environment, since Playwright starts a new process after every failure.
import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  symlinkSync,
  lstatSync,
  readlinkSync,
  statSync,
} from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { run } from './run'

const VARIABLE = 'STACK_WORKSPACE'
const PORTS = [
  'HTTP',
  'HTTPS',
  'FRONTEND',
  'BACKEND',
  'DATABASE',
  'PGBOUNCER',
  'REDIS',
  'MAIL',
  'SMTP',
] as const

export const repository = resolve(import.meta.dirname, '../../..')

export type PortName = (typeof PORTS)[number]

export interface Workspace {
  /** The copy of the repository. */
  folder: string
  /** The production stack's project; that of the development stack has `-dev` after it. */
  project: string
  ports: Record<PortName, number>
}

export function workspace(): Workspace {
  const value = process.env[VARIABLE]
  if (!value) throw new Error(`${VARIABLE} is not set: run the specs with make test-compose`)
  return JSON.parse(value) as Workspace
}

export async function makeWorkspace(): Promise<Workspace> {
  const folder = mkdtempSync(join(tmpdir(), 'todo-stack-'))
  // The users of the containers have to get through.
  chmodSync(folder, 0o755)
  await copyRepository(folder)
  const ports = await freePorts()
  const made: Workspace = { folder, project: `todo-test-${randomBytes(3).toString('hex')}`, ports }
  process.env[VARIABLE] = JSON.stringify(made)
  return made
}

/** What git knows, as it is now, and a repository of one commit, since releases are named after one. */
async function copyRepository(folder: string): Promise<void> {
  const { stdout } = await run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: repository,
  })
  for (const file of stdout.split('\0').filter(Boolean)) {
    const from = join(repository, file)
    const to = join(folder, file)
    // A file that was removed and not committed.
    if (!lstatSync(from, { throwIfNoEntry: false })) continue
    mkdirSync(dirname(to), { recursive: true })
    if (lstatSync(from).isSymbolicLink()) symlinkSync(readlinkSync(from), to)
    else {
      copyFileSync(from, to)
      chmodSync(to, statSync(from).mode & 0o777)
    }
  }
  const git = (...args: string[]): Promise<unknown> => run('git', args, { cwd: folder })
  await git('init', '--quiet')
  await git('add', '--all')
  await commit(folder, 'A copy for tests')
}

/** Commits everything in the workspace: the next build is another release. */
export async function commit(folder: string, message: string): Promise<void> {
  const identity = [
    '-c',
    'user.name=Stack tests',
    '-c',
    'user.email=stack@example.com',
    '-c',
    'commit.gpgsign=false',
  ]
  await run('git', [...identity, 'commit', '--quiet', '--all', '--allow-empty', '--message', message], {
    cwd: folder,
  })
}

async function freePorts(): Promise<Record<PortName, number>> {
  // All are held until each is known, so that none is given twice.
  const servers = await Promise.all(
    PORTS.map(async (name) => {
      const server = createServer()
      await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
      return { name, server }
    }),
  )
  const ports = {} as Record<PortName, number>
  for (const { name, server } of servers) {
    ports[name] = (server.address() as AddressInfo).port
    await new Promise((done) => server.close(done))
  }
  return ports
}
