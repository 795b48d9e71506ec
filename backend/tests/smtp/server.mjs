// A real SMTP server for the tests: node server.mjs LOG [PORT]
// Writes each message that it takes as a line of JSON to LOG, through to the disk, before it says so: what it has acknowledged
// outlives its being killed. Prints its port.
// With CERTIFICATE and KEY (files) in the environment it speaks TLS: from the start when MODE is "tls", else after STARTTLS, and
// takes nothing without it.
// Who begins with "refused" is refused for good, "busy" the first time only; for "lost" the connection breaks, the first
// time, after the message was taken and before that is said.
import { closeSync, fsyncSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs'
import { SMTPServer } from 'smtp-server'

const { CERTIFICATE, KEY, MODE } = process.env
const tls = CERTIFICATE ? { cert: readFileSync(CERTIFICATE), key: readFileSync(KEY), secure: MODE === 'tls' } : null

const [path, port = '0'] = process.argv.slice(2)
const log = openSync(path, 'a')
const kept = readFileSync(path)
truncateSync(path, kept.lastIndexOf('\n') + 1) // a line that was cut off was never acknowledged
const seen = new Set(kept.toString('utf8').match(/"(?:busy|lost)[^"]*@[^"]*"/g)?.map((name) => name.slice(1, -1)))

function refuse(code, message) {
  return Object.assign(new Error(message), { responseCode: code })
}

const server = new SMTPServer({
  authOptional: true,
  ...(tls ?? { disabledCommands: ['STARTTLS'] }),
  allowInsecureAuth: !tls,
  disableReverseLookup: true,
  logger: false,
  onAuth({ username, password }, _session, done) {
    if (username === 'todo' && password === 'right') return done(null, { user: username })
    done(refuse(535, 'wrong user name or password'))
  },
  onRcptTo({ address }, session, done) {
    if (tls && !session.secure) return done(refuse(530, 'must issue a STARTTLS command first'))
    if (address.startsWith('refused')) return done(refuse(550, 'no such person here'))
    if (address.startsWith('busy') && !seen.has(address)) {
      seen.add(address)
      return done(refuse(451, 'come again later'))
    }
    done()
  },
  onData(stream, session, done) {
    const chunks = []
    stream.on('data', (chunk) => chunks.push(chunk))
    stream.on('end', () => {
      const to = session.envelope.rcptTo.map(({ address }) => address)
      const line = { to, user: session.user ?? null, secure: session.secure, raw: Buffer.concat(chunks).toString('utf8') }
      writeSync(log, JSON.stringify(line) + '\n')
      fsyncSync(log)
      const lost = to.find((address) => address.startsWith('lost') && !seen.has(address))
      if (lost) {
        seen.add(lost)
        for (const connection of server.connections) connection._socket.destroy()
        return
      }
      done()
    })
  },
})
server.on('error', () => {}) // connections that break are part of the tests
server.listen(Number(port), '127.0.0.1', () => console.log(server.server.address().port))
process.on('SIGTERM', () => {
  closeSync(log)
  process.exit(0)
})
