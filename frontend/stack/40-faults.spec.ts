// Sudden deaths under a stream of writes: whatever falls over comes back by itself, and nothing that was promised is lost.
import { expect, run, SLOW, test, until, type Stack } from './support/test'
import { Traffic } from './support/traffic'

test.use({ stackKind: 'prod' })

interface State {
  pid: number
  health: string
}

async function stateOf(container: string): Promise<State> {
  const { stdout } = await run('docker', [
    'inspect',
    '--format',
    '{{.State.Pid}} {{.State.Health.Status}}',
    container,
  ])
  const [pid, health] = stdout.trim().split(' ')
  return { pid: Number(pid), health: health ?? '' }
}

/** Not `docker kill`, after which Docker takes the container for one that was stopped on purpose. */
async function killProcess(pid: number): Promise<void> {
  const inHost = ['run', '--rm', '--pid', 'host', '--network', 'none', 'debian:bookworm-slim']
  await run('docker', [...inHost, 'bash', '-c', `kill -9 ${pid}`])
}

async function killOne(stack: Stack, service: string): Promise<void> {
  const [container] = await stack.containers(service)
  if (!container) throw new Error(`no ${service} runs`)
  const traffic = await Traffic.start(stack)
  const { pid } = await stateOf(container)
  await killProcess(pid)
  const killed = Date.now()
  const back = async (): Promise<boolean> => {
    const now = await stateOf(container)
    return now.pid !== 0 && now.pid !== pid && now.health === 'healthy'
  }
  await until(`the return of ${service}`, back, { timeout: 120_000 })
  const seconds = ((Date.now() - killed) / 1000).toFixed(1)
  await traffic.goesOn()
  await traffic.end()
  const pause = (traffic.load.longestPause / 1000).toFixed(1)
  process.stdout.write(
    `    kill -9 of ${service}: healthy again after ${seconds} s; the longest pause of writes was ${pause} s\n`,
  )
}

test('there are two replicas', async ({ stack }) => {
  expect((await stack.containers('backend')).length).toBeGreaterThanOrEqual(2)
})

// The database alone on every change: everything else stands on it.
for (const service of ['backend', 'redis', 'pgbouncer', 'database']) {
  const tag = service === 'database' ? [] : SLOW
  test(`kill -9 of ${service}: it comes back by itself, and nothing is lost`, { tag }, async ({ stack }) => {
    test.setTimeout(5 * 60_000)
    await killOne(stack, service)
  })
}
