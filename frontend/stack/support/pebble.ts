// A certificate authority of the test's own: Pebble, in a container on the stack's network, whose DNS says that every name is
// the edge.
import { run, until } from './run'
import type { Stack } from './stack'

const DOCKERFILE = `FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends openssl pebble && rm -rf /var/lib/apt/lists/*
`

const START = `
cd /tmp
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=pebble \
  -addext subjectAltName=DNS:pebble -keyout key.pem -out certificate.pem 2>/dev/null
cat >config.json <<EOF
{"pebble": {"listenAddress": "0.0.0.0:14000", "certificate": "/tmp/certificate.pem", "privateKey": "/tmp/key.pem",
  "httpPort": 8080, "tlsPort": 8443, "ocspResponderURL": ""}}
EOF
pebble-challtestsrv -defaultIPv4 "$1" -defaultIPv6 "" -http01 "" -https01 "" -tlsalpn01 "" -management "" &
exec pebble -config config.json -dnsserver 127.0.0.1:8053
`

export interface Authority {
  directoryUrl: string
  /** The certificate of its own address, in PEM. */
  ownCertificate: string
  remove: () => Promise<void>
}

export async function startAuthority(stack: Stack): Promise<Authority> {
  const name = `${stack.project}-pebble`
  const image = `${stack.project}/pebble:test`
  await run('docker', ['build', '--quiet', '--tag', image, '-'], { input: DOCKERFILE })
  const [edge = ''] = await stack.containers('nginx')
  const network = `${stack.project}_todo-network`
  const format = `{{(index .NetworkSettings.Networks "${network}").IPAddress}}`
  const { stdout: address } = await run('docker', ['inspect', '--format', format, edge])
  await run('docker', [
    ...['run', '--detach', '--name', name, '--label', `com.docker.compose.project=${stack.project}`],
    ...['--network', network, '--network-alias', 'pebble', '--env', 'PEBBLE_VA_NOSLEEP=1'],
    // It refuses one nonce in twenty otherwise, and certbot tries once more only.
    ...['--env', 'PEBBLE_WFE_NONCEREJECT=0'],
    ...[image, 'bash', '-euc', START, 'start', address.trim()],
  ])
  const ownCertificate = await until('Pebble listens', async () => {
    const { output } = await run('docker', ['logs', name])
    if (!output.includes('Listening on')) return undefined
    return (await run('docker', ['exec', name, 'cat', '/tmp/certificate.pem'])).stdout
  })
  return {
    directoryUrl: 'https://pebble:14000/dir',
    ownCertificate,
    remove: async () => void (await run('docker', ['rm', '--force', name])),
  }
}
