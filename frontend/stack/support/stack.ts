// The stacks that the specs share. A spec begins with
//
//   import { devStack, expect, test } from './support/test'      (or prodStack)
//   test('…', async ({ page }) => {
//     const stack = await devStack()              // up and healthy; started by the first that asks, the other one is stopped
//     await stack.make('seed')                    // make, as an operator calls it
//     await stack.compose(['kill', 'redis'])      // scripts/compose.sh
//     await stack.exec('backend', ['todo', 'migrate'])
//     const ids = await stack.containers('backend')
//     await stack.get('/health/ready')            // over the edge
//   })
//
// stack.folder is a copy of the repository: edit there what a test has to change, never in the checkout.
import { existsSync, writeFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { run, type Result, type RunOptions } from './run'
import { workspace, type PortName } from './workspace'

export type Kind = 'dev' | 'prod'

type CommandOptions = Omit<RunOptions, 'cwd'>

const MINUTE = 60_000

/** How the server is compiled. Nothing here is measured in microseconds, and the full optimization takes a quarter of an hour. */
export const cargoProfile = process.env.CARGO_PROFILE ?? 'quick'

export class Stack {
  readonly folder: string
  readonly project: string
  readonly ports: Record<PortName, number>

  constructor(readonly kind: Kind) {
    const { folder, project, ports } = workspace()
    this.folder = folder
    this.project = kind === 'dev' ? `${project}-dev` : project
    this.ports = ports
  }

  /** Where a browser finds it. */
  get url(): string {
    return this.kind === 'dev'
      ? `http://localhost:${this.ports.HTTP}`
      : `https://localhost:${this.ports.HTTPS}`
  }

  /** What every command of this stack is called with. */
  get environment(): Record<string, string | undefined> {
    const ports = Object.entries(this.ports).map(([name, port]) => [`${name}_PORT`, String(port)])
    return {
      ...Object.fromEntries(ports),
      COMPOSE_PROJECT_NAME: this.project,
      STACK: this.kind,
      DOMAIN: 'localhost',
      CARGO_PROFILE: cargoProfile,
      // Whatever else the machine does.
      WATCHDOG_MAX_LOAD: '1000',
      // Every spec makes accounts, all from one address.
      RATE_LIMIT_REGISTER_PER_ADDRESS: 'off',
      RATE_LIMIT_LOGIN_PER_ADDRESS: 'off',
      RATE_LIMIT_REFRESH_PER_ADDRESS: 'off',
      RATE_LIMIT_REFRESH_PER_SESSION: 'off',
      RATE_LIMIT_RESET_PER_ADDRESS: 'off',
      // Of the machine's own make, not of the one that runs the tests.
      MAKEFLAGS: undefined,
      MAKELEVEL: undefined,
    }
  }

  /** `make TARGET`; variables such as BACKEND=4 belong into `env`. */
  make(target: string, options: CommandOptions = {}): Promise<Result> {
    return this.command('make', ['--no-print-directory', target], { timeout: 15 * MINUTE, ...options })
  }

  compose(args: string[], options: CommandOptions = {}): Promise<Result> {
    return this.command('scripts/compose.sh', [this.kind, ...args], options)
  }

  exec(service: string, command: string[], options: CommandOptions = {}): Promise<Result> {
    return this.compose(['exec', '--no-TTY', service, ...command], options)
  }

  command(command: string, args: string[], options: CommandOptions = {}): Promise<Result> {
    return run(command, args, { ...options, cwd: this.folder, env: { ...this.environment, ...options.env } })
  }

  /** The ids of a service's running containers. */
  async containers(service: string): Promise<string[]> {
    const { stdout } = await this.compose(['ps', '--quiet', service])
    return stdout.split('\n').filter(Boolean)
  }

  /** A page or an answer over the edge, by curl: also where the certificate is a self-signed one. */
  async get(path: string, ...curlOptions: string[]): Promise<{ status: number; body: string }> {
    const args = [
      '--silent',
      '--insecure',
      '--max-time',
      '20',
      '--write-out',
      '\n%{http_code}',
      ...curlOptions,
    ]
    const { stdout } = await run('curl', [...args, this.url + path], { mayFail: true })
    const end = stdout.lastIndexOf('\n')
    return { status: Number(stdout.slice(end + 1)), body: stdout.slice(0, end) }
  }

  async isUp(): Promise<boolean> {
    return existsSync(this.mark) && (await this.get('/health/ready')).status === 200
  }

  async up(): Promise<void> {
    if (this.kind === 'prod') await this.make('prod-init')
    await this.make(`${this.kind}-up`, { timeout: 20 * MINUTE })
    writeFileSync(this.mark, '')
  }

  /** Stops it; its data stay, unless volumes are to go too. */
  async down({ volumes = false } = {}): Promise<void> {
    await this.compose(['down', '--remove-orphans', ...(volumes ? ['--volumes'] : [])])
    rmSync(this.mark, { force: true })
  }

  /** Says that it was started, to the processes that Playwright starts after a failure. */
  private get mark(): string {
    return join(this.folder, '.git', `started-${this.kind}`)
  }
}

async function shared(kind: Kind): Promise<Stack> {
  const stack = new Stack(kind)
  if (await stack.isUp()) return stack
  const other = new Stack(kind === 'dev' ? 'prod' : 'dev')
  // One at a time: a small machine has no room for both.
  if (await other.isUp()) await other.down({ volumes: other.kind === 'dev' })
  await stack.up()
  return stack
}

export const devStack = (): Promise<Stack> => shared('dev')
export const prodStack = (): Promise<Stack> => shared('prod')
