// Removes everything that the specs have started, and fails when something is left. KEEP_STACK=1 leaves it all for a look.
import { rmSync } from 'node:fs'
import { remove, leftovers } from './cleanup'
import { run } from './run'
import { workspace } from './workspace'

export default async function teardown(): Promise<void> {
  const { folder, project } = workspace()
  if (process.env.KEEP_STACK) {
    process.stdout.write(`kept: projects ${project} and ${project}-dev, folder ${folder}\n`)
    return
  }
  const projects = [project, `${project}-dev`]
  for (const name of projects) await remove(name)
  // Who is not root may not remove what the containers have written.
  if (process.getuid?.() !== 0) {
    const mount = ['--volume', `${folder}:/workspace`]
    const empty = 'find /workspace -mindepth 1 -maxdepth 1 -exec rm -rf {} +'
    await run('docker', ['run', '--rm', ...mount, 'debian:bookworm-slim', 'sh', '-c', empty])
  }
  rmSync(folder, { recursive: true, force: true })
  const left = (await Promise.all(projects.map(leftovers))).flat()
  if (left.length > 0) throw new Error(`left behind: ${left.join(', ')}`)
}
