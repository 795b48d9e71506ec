// Certificates: asked for over ACME, shown without dropping a connection, renewed. The authority is Pebble. Without the shared
// fixtures, which would bring the stack back to its first name.
import { request } from 'node:https'
import { expect, test } from '@playwright/test'
import { run, until } from './support/run'
import { ask, handshake } from './support/edge'
import { startAuthority, type Authority } from './support/pebble'
import { SLOW } from './support/slow'
import { prodStack, type Stack } from './support/stack'

const DOMAIN = 'todo.test'
// OpenSSL writes it with blanks or without.
const SELF_SIGNED = /CN ?= ?todo\.test/

interface Shown {
  issuer: string
  serial: string
}

/** The certificate that the edge shows to new connections. */
async function shown(stack: Stack): Promise<Shown> {
  const { stdout } = await handshake(stack, '-servername', DOMAIN)
  const { stdout: text } = await run('openssl', ['x509', '-noout', '-issuer', '-serial'], {
    input: stdout,
  })
  const [issuer = '', serial = ''] = text.split('\n')
  return { issuer, serial }
}

const untilSelfSigned = (stack: Stack): Promise<boolean> =>
  until('a self-signed one is shown', async () => SELF_SIGNED.test((await shown(stack)).issuer))

/** A request whose body comes a byte a second, and to its end at `finish`: the edge gives up a body that stops for 30 seconds. */
function slowRequest(stack: Stack): { finish: () => Promise<number> } {
  const body = '{"email":"nobody@example.com"'.padEnd(600) + '}'
  const sent = request({
    ...{ host: 'localhost', port: stack.ports.HTTPS, servername: DOMAIN, rejectUnauthorized: false },
    ...{ method: 'POST', path: '/api/v1/auth/login', agent: false },
    headers: {
      Host: `${DOMAIN}:${stack.ports.HTTPS}`,
      'Content-Type': 'application/json',
      'Content-Length': body.length,
    },
  })
  let at = 0
  const sendNext = (): void => void sent.write(body.slice(at, ++at))
  sendNext()
  const sending = setInterval(sendNext, 1000)
  const answered = new Promise<number>((resolve, reject) => {
    sent.on('response', (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    sent.on('error', reject)
  })
  // Its failure is for `finish` to tell.
  answered.catch(() => undefined).finally(() => clearInterval(sending))
  return {
    finish: () => {
      clearInterval(sending)
      sent.end(body.slice(at))
      return answered
    },
  }
}

test.describe.serial('certificates', { tag: SLOW }, () => {
  let stack: Stack
  let authority: Authority | undefined
  const env: Record<string, string> = {}

  test.beforeAll(async () => {
    stack = await prodStack()
    Object.assign(env, {
      DOMAIN,
      PUBLIC_URL: `https://${DOMAIN}:${stack.ports.HTTPS}`,
      ACME_EMAIL: 'ops@todo.test',
      ACME_DIRECTORY_URL: 'https://pebble:14000/dir',
      ACME_CA_FILE: '/certificates/test-authority.pem',
    })
    await stack.compose(['up', '--detach', '--no-deps', 'nginx', 'acme'], { env })
    // What an attempt before this one has obtained, and its account at an authority that is gone.
    await stack.exec('acme', ['sh', '-c', 'cd /certificates && rm -rf live acme test-authority.pem'], { env })
    await until('the edge takes the new name', async () => {
      const answer = await ask(stack, '/health', '--header', `Host: ${DOMAIN}`).catch(() => undefined)
      return answer?.status === 200
    })
    await untilSelfSigned(stack)
  })

  test.afterAll(async () => {
    await authority?.remove()
  })

  test('the first certificate is self-signed for the new name', async () => {
    expect((await shown(stack)).issuer).toMatch(SELF_SIGNED)
  })

  test('make cert reports failures and keeps the current certificate', async () => {
    const before = await shown(stack)
    const failed = await stack.make('cert', { env, mayFail: true })
    expect(failed.status).not.toBe(0)
    expect(failed.output).toContain('No certificate was obtained')
    expect(failed.output).toContain(`${DOMAIN} has no address in DNS`)
    expect(await shown(stack)).toEqual(before)
  })

  test('make cert obtains one, and the edge serves it without dropping connections', async () => {
    authority = await startAuthority(stack)
    await stack.exec('acme', ['sh', '-c', 'cat >/certificates/test-authority.pem'], {
      env,
      input: authority.ownCertificate,
    })
    const open = slowRequest(stack)
    const { output } = await stack.make('cert', { env })
    expect(output).toContain(`a new certificate for ${DOMAIN} is in place`)
    expect((await shown(stack)).issuer).toContain('Pebble Intermediate CA')
    expect(await open.finish(), 'the request that was open meanwhile is answered').toBe(422)
  })

  test('a current certificate is kept unless renewal is forced', async () => {
    const first = await shown(stack)
    expect((await stack.make('cert', { env })).output).toContain(`the certificate for ${DOMAIN} is current`)
    expect(await shown(stack)).toEqual(first)
    const { output } = await stack.make('cert', { env: { ...env, FORCE: '1' } })
    expect(output).toContain(`a new certificate for ${DOMAIN} is in place`)
    const second = await shown(stack)
    expect(second.issuer).toContain('Pebble Intermediate CA')
    expect(second.serial).not.toBe(first.serial)
  })

  test('the service requests a certificate after startup', async () => {
    await stack.exec(
      'acme',
      ['sh', '-c', 'cd /certificates && rm -r live acme/live acme/archive acme/renewal'],
      { env },
    )
    await untilSelfSigned(stack)
    await stack.compose(['restart', '--timeout', '1', 'acme'], { env })
    await until('a new one is shown', async () => (await shown(stack)).issuer.includes('Pebble'), {
      interval: 1000,
    })
  })
})
