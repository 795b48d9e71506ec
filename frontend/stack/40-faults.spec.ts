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

/** All of its processes stop, and none ends: Docker alone would leave it so. */
async function freeze(container: string): Promise<void> {
  const { pid } = await stateOf(container)
  const all = `for task in $(cat /proc/${pid}/task/*/children) ${pid}; do kill -STOP "$task"; done`
  await run('docker', [
    ...['run', '--rm', '--pid', 'host', '--network', 'none', 'debian:bookworm-slim', 'bash', '-c', all],
  ])
}

// A health check takes its time to lose its patience.
for (const service of ['backend', 'redis']) {
  test(`a hanging ${service} is restarted by the watchdog`, { tag: SLOW }, async ({ stack }) => {
    test.setTimeout(6 * 60_000)
    const [container = ''] = await stack.containers(service)
    const { pid } = await stateOf(container)
    await freeze(container)
    const isBack = async (): Promise<boolean> => {
      const now = await stateOf(container)
      return now.pid !== 0 && now.pid !== pid && now.health === 'healthy'
    }
    await until('it is started anew, and healthy', isBack, { timeout: 240_000 })
    const { output } = await stack.compose(['logs', 'watchdog'])
    expect(output).toMatch(new RegExp(`restarting \\S+-${service}-\\d+, which stays`))
  })
}

test('the doctor names what hangs, and its fix works', { tag: SLOW }, async ({ stack }) => {
  test.setTimeout(6 * 60_000)
  const [container = ''] = await stack.containers('frontend')
  await stack.compose(['stop', 'watchdog'])
  await freeze(container)
  await until('it is unhealthy', async () => (await stateOf(container)).health === 'unhealthy', {
    timeout: 180_000,
  })
  const { output } = await stack.make('doctor', { mayFail: true })
  const advice = /(scripts\/compose\.sh prod restart frontend)/.exec(output)?.[1] ?? output
  await stack.command('bash', ['-c', advice])
  await until('it is healthy', async () => (await stateOf(container)).health === 'healthy')
  await stack.compose(['start', 'watchdog'])
})

// The database alone on every change: everything else stands on it.
for (const service of ['backend', 'redis', 'pgbouncer', 'database']) {
  const tag = service === 'database' ? [] : SLOW
  test(`kill -9 of ${service}: it restarts and nothing is lost`, { tag }, async ({ stack }) => {
    test.setTimeout(5 * 60_000)
    await killOne(stack, service)
  })
}
