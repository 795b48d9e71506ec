// A certificate from elsewhere: it is looked at before it takes the place of the one that is shown.
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { handshake } from './support/edge'
import { expect, run, test, until, type Stack } from './support/test'

test.use({ stackKind: 'prod' })

const folder = mkdtempSync(join(tmpdir(), 'todo-certificates-'))
const file = (name: string): string => join(folder, name)
const openssl = (...args: string[]): Promise<unknown> => run('openssl', args, { cwd: folder })
const CURVE = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']

/** NAME.pem and NAME.key, signed by the authority of the test, for so many days from now. */
async function sign(name: string, host: string, days: number): Promise<void> {
  await openssl('req', ...CURVE, '-subj', `/CN=${host}`, '-keyout', `${name}.key`, '-out', `${name}.csr`)
  writeFileSync(file('names'), `subjectAltName=DNS:${host}`)
  const by = ['-CA', 'root.pem', '-CAkey', 'root.key', '-CAcreateserial', '-extfile', 'names']
  await openssl('x509', '-req', '-in', `${name}.csr`, ...by, '-days', String(days), '-out', `${name}.pem`)
}

async function shown(stack: Stack): Promise<string> {
  const { stdout } = await handshake(stack, '-servername', 'localhost')
  return (await run('openssl', ['x509', '-noout', '-fingerprint', '-issuer'], { input: stdout })).stdout
}

test('make cert checks key, name, dates and chain, and keeps the current certificate on failure', async ({
  stack,
}) => {
  await openssl(
    'req',
    '-x509',
    ...CURVE,
    '-subj',
    '/CN=Test authority',
    '-keyout',
    'root.key',
    '-out',
    'root.pem',
  )
  await sign('good', 'localhost', 30)
  await sign('foreign', 'other.test', 30)
  await sign('expired', 'localhost', -1)
  const root = readFileSync(file('root.pem'))
  for (const name of ['good', 'foreign', 'expired']) {
    writeFileSync(file(`${name}-chain.pem`), Buffer.concat([readFileSync(file(`${name}.pem`)), root]))
  }
  writeFileSync(file('reversed.pem'), Buffer.concat([root, readFileSync(file('good.pem'))]))
  const put = (certificate: string, key: string) =>
    stack.make('cert', { env: { CERT_FILE: file(certificate), KEY_FILE: file(key) }, mayFail: true })

  const before = await shown(stack)
  for (const [certificate, key, why] of [
    ['good-chain.pem', 'foreign.key', 'the key does not belong to the first certificate'],
    ['foreign-chain.pem', 'foreign.key', 'it is not for localhost, but for: DNS:other.test'],
    ['expired-chain.pem', 'expired.key', 'it has expired'],
    ['good.pem', 'good.key', 'who signed the last certificate (issuer=CN=Test authority) is not in the file'],
    ['reversed.pem', 'good.key', 'is not signed by the one after it'],
    ['good.key', 'good.pem', 'KEY_FILE holds no private key'],
  ] as const) {
    const refused = await put(certificate, key)
    expect(refused.status, certificate).not.toBe(0)
    expect(refused.output.replace('CN = ', 'CN=')).toContain(why)
    expect(refused.output).toContain('the one of before stays')
  }
  expect(await shown(stack)).toBe(before)

  const taken = await put('good-chain.pem', 'good.key')
  expect(taken.output).toContain('warning: it is signed by an authority that browsers do not know')
  expect(taken.status, taken.output).toBe(0)
  expect(await shown(stack)).toContain('Test authority')

  await stack.exec('nginx', ['rm', '-r', '/certificates/live'])
  await until('the one of before is shown again', async () => (await shown(stack)) === before)
})
