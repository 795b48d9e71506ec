// The accounts of a load test, each with a project full of tasks.
//   node accounts.mjs prepare URL COUNT FOLDER [FILE]   makes COUNT accounts, or takes the first COUNT lines "email,password" of FILE, and
//                                                       writes FOLDER/accounts.json and FOLDER/accounts.csv
//   node accounts.mjs clean URL FOLDER                  deletes what prepare made: the accounts, or the projects of accounts that were there
import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'

const scenario = JSON.parse(readFileSync(new URL('scenario.json', import.meta.url), 'utf8'))
const [, , command, url, ...rest] = process.argv

async function call(method, path, token, body) {
  const answer = await fetch(`${url}/api/v1${path}`, {
    method,
    headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
    body: body && JSON.stringify(body),
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`)
  return { status: answer.status, ...(text ? JSON.parse(text) : {}) }
}

const signIn = async ({ email, password }) => (await call('POST', '/auth/login', null, { email, password })).access_token

async function register(run, number) {
  const account = { email: `load-${run}-${number}@example.org`, password: randomBytes(18).toString('base64url'), made: true }
  const { status, access_token: token } = await call('POST', '/auth/register', null, { ...account, name: `Load test ${number}`, made: undefined })
  if (status === 202) throw new Error('this installation confirms addresses by mail: make accounts, and give them as ACCOUNTS=file')
  return { account, token }
}

function given(file, count) {
  const lines = readFileSync(file, 'utf8').split('\n').map((line) => line.trim()).filter((line) => line && !line.startsWith('#'))
  if (lines.length < count) throw new Error(`${file} has ${lines.length} accounts, and ${count} are needed`)
  return lines.slice(0, count).map((line) => {
    const comma = line.indexOf(',')
    return { email: line.slice(0, comma), password: line.slice(comma + 1), made: false }
  })
}

async function fill(account, token) {
  const project = await call('POST', '/projects', token, { name: 'Load test' })
  const today = new Date().toISOString().slice(0, 10)
  for (let number = 0; number < scenario.tasks_per_project; number++) {
    const due_date = number % 10 === 0 ? today : null
    await call('POST', '/tasks', token, { project_id: project.id, title: `Task ${number} about kettle ${number % 20}`, due_date })
  }
  return { ...account, project_id: project.id }
}

async function prepare(count, folder, file) {
  const run = Date.now().toString(36)
  const known = file ? given(file, count) : null
  const accounts = []
  for (let number = 0; number < count; number++) {
    const { account, token } = known
      ? { account: known[number], token: await signIn(known[number]) }
      : await register(run, number)
    accounts.push(await fill(account, token))
    // After each one, so that they can be cleaned up if a later one fails.
    write(folder, accounts)
  }
}

function write(folder, accounts) {
  const quoted = (text) => `"${text.replaceAll('"', '""')}"`
  const lines = accounts.map(({ email, password, project_id }) => [email, password, project_id].map(quoted).join(','))
  writeFileSync(`${folder}/accounts.json`, JSON.stringify(accounts), { mode: 0o600 })
  writeFileSync(`${folder}/accounts.csv`, lines.join('\n') + '\n', { mode: 0o600 })
}

async function clean(folder) {
  for (const account of JSON.parse(readFileSync(`${folder}/accounts.json`, 'utf8'))) {
    const token = await signIn(account)
    if (account.made) {
      await call('POST', '/users/me/deletion', token, { password: account.password, projects: [] })
    } else {
      await call('DELETE', `/projects/${account.project_id}`, token)
      await call('POST', '/auth/sessions/end-others', token)
      await call('POST', '/auth/logout', token)
    }
  }
}

try {
  if (command === 'prepare') await prepare(Number(rest[0]), rest[1], rest[2])
  else if (command === 'clean') await clean(rest[0])
  else throw new Error('usage: accounts.mjs prepare URL COUNT FOLDER [FILE] | clean URL FOLDER')
} catch (error) {
  console.error(`error: ${error.message}${error.cause ? `: ${error.cause.message}` : ''}`)
  process.exitCode = 1
}
