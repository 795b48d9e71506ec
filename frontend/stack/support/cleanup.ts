// Containers, networks, volumes and images of a Compose project, and of no other.
import { run } from './run'

async function list(
  project: string,
): Promise<Record<'container' | 'network' | 'volume' | 'image', string[]>> {
  const lines = async (...args: string[]): Promise<string[]> =>
    (await run('docker', args)).stdout.split('\n').filter(Boolean)
  const label = ['--filter', `label=com.docker.compose.project=${project}`]
  return {
    container: await lines('container', 'ls', '--all', '--quiet', ...label),
    network: await lines('network', 'ls', '--quiet', ...label),
    volume: await lines('volume', 'ls', '--quiet', ...label),
    image: await lines(
      'image',
      'ls',
      '--format',
      '{{.Repository}}:{{.Tag}}',
      '--filter',
      `reference=${project}/*`,
    ),
  }
}

export async function remove(project: string): Promise<void> {
  const { container, network, volume, image } = await list(project)
  if (container.length > 0) await run('docker', ['container', 'rm', '--force', '--volumes', ...container])
  if (network.length > 0) await run('docker', ['network', 'rm', ...network])
  if (volume.length > 0) await run('docker', ['volume', 'rm', '--force', ...volume])
  if (image.length > 0) await run('docker', ['image', 'rm', '--force', ...image])
}

export async function leftovers(project: string): Promise<string[]> {
  const found = await list(project)
  return Object.entries(found).flatMap(([kind, names]) => names.map((name) => `${kind} ${name}`))
}
