import { run } from './run'
import { makeWorkspace } from './workspace'

export default async function setup(): Promise<void> {
  await run('docker', ['info'], { timeout: 20_000 }).catch((error: unknown) => {
    throw new Error('test-compose needs a running Docker engine', { cause: error })
  })
  await run('docker', ['compose', 'version'])
  await makeWorkspace()
}
