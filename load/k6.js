// The load test for k6: the same steps and thresholds as jmeter.jmx. scripts/load-test.sh starts it.
import { check, sleep } from 'k6'
import exec from 'k6/execution'
import http from 'k6/http'
import { Trend } from 'k6/metrics'
import { clearTimeout, setTimeout } from 'k6/timers'
import { WebSocket } from 'k6/websockets'

const scenario = JSON.parse(open('./scenario.json'))
const accounts = JSON.parse(open(__ENV.ACCOUNTS_JSON))
const api = `${__ENV.URL}/api/v1`
const waits = { connect: new Trend('connect', true), event: new Trend('event', true) }

const limits = (/** @type {string} */ name) => [`p(95)<${scenario.p95_ms[name]}`]
const requests = Object.keys(scenario.p95_ms).filter((name) => !(name in waits))
export const options = {
  vus: accounts.length,
  duration: `${__ENV.SECONDS_OF_LOAD}s`,
  thresholds: {
    checks: [`rate>=${1 - scenario.max_error_ratio}`],
    connect: limits('connect'),
    event: limits('event'),
    ...Object.fromEntries(requests.map((name) => [`http_req_duration{name:${name}}`, limits(name)])),
  },
}

// Of this virtual user.
/** @type {string | null} */
let token = null
let signedInAt = 0

/**
 * @param {string} name
 * @param {string} method
 * @param {string} path
 * @param {object | null} body
 */
function ask(name, method, path, body = null) {
  const headers = { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) }
  const answer = http.request(method, api + path, body ? JSON.stringify(body) : null, { headers, tags: { name } })
  check(answer, { [name]: ({ status }) => status >= 200 && status < 300 })
  return answer
}

function signIn(/** @type {{ email: string, password: string }} */ { email, password }) {
  if (Date.now() - signedInAt < scenario.sign_in_again_seconds * 1000) return
  token = null
  const answer = ask('sign-in', 'POST', '/auth/login', { email, password })
  token = /** @type {string} */ (answer.json('access_token'))
  signedInAt = Date.now()
}

// Creates and completes a task while a WebSocket listens for its event.
function live(/** @type {string} */ project_id) {
  const socket = new WebSocket(`${api.replace(/^http/, 'ws')}/ws`)
  const begun = Date.now()
  let task = ''
  let madeAt = 0
  /** Those whose event came before the answer. */
  const seen = new Set()
  const timer = setTimeout(() => finish(false), scenario.event_seconds * 1000)

  function finish(/** @type {boolean} */ arrived) {
    clearTimeout(timer)
    check(arrived, { event: (value) => value })
    if (arrived) waits.event.add(Date.now() - madeAt)
    if (task) ask('complete', 'PATCH', `/tasks/${task}`, { status: 'done' })
    socket.close()
  }

  socket.onopen = () => socket.send(JSON.stringify({ type: 'auth', token }))
  socket.onmessage = (event) => {
    const message = JSON.parse(String(event?.data))
    if (message.type === 'ready') {
      waits.connect.add(Date.now() - begun)
      const answer = ask('create', 'POST', '/tasks', { project_id, title: 'A task about a kettle' })
      task = /** @type {string} */ (answer.json('id'))
      madeAt = Date.now()
    } else if (message.kind === 'task.created') {
      seen.add(message.data.id)
    }
    if (task && seen.has(task)) {
      seen.clear()
      finish(true)
    }
  }
  socket.onerror = () => check(false, { connect: (value) => value })
}

export default function () {
  const account = accounts[(exec.vu.idInTest - 1) % accounts.length]
  signIn(account)
  ask('today', 'GET', '/tasks?mine=true&due=today&status=todo,in_progress&limit=50')
  ask('project', 'GET', `/tasks?project_id=${account.project_id}&limit=50`)
  ask('search', 'GET', '/tasks?q=kettle&limit=50')
  const [least, most] = scenario.pause_ms
  sleep((least + Math.random() * (most - least)) / 1000)
  live(account.project_id)
}
