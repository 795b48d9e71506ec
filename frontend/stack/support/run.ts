// Commands on this machine.
//   const { stdout } = await run('docker', ['image', 'ls'], { env: { … }, timeout: 60_000 })
// A command that fails throws with the end of what it said; `mayFail: true` returns its status instead.
import { spawn } from 'node:child_process'

export interface RunOptions {
  cwd?: string
  /** Beside this process's own environment; `undefined` takes a variable away. */
  env?: Record<string, string | undefined>
  /** Milliseconds; then the command and all that it has started are killed. */
  timeout?: number
  /** What it reads from its standard input, which is closed otherwise. */
  input?: string
  mayFail?: boolean
}

export interface Result {
  status: number
  stdout: string
  /** Both streams, as they came. */
  output: string
  milliseconds: number
}

const LINES_OF_AN_ERROR = 80

export function run(command: string, args: string[], options: RunOptions = {}): Promise<Result> {
  const { timeout = 5 * 60_000 } = options
  const what = [command, ...args].join(' ')
  return new Promise((resolve, reject) => {
    const started = Date.now()
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: 'pipe',
      // A group of its own, which can be killed as a whole.
      detached: true,
    })
    let stdout = ''
    let output = ''
    child.stdout.on('data', (data: Buffer) => {
      stdout += data.toString()
      output += data.toString()
    })
    child.stderr.on('data', (data: Buffer) => (output += data.toString()))
    // A command that does not read its input is not an error.
    child.stdin.on('error', () => undefined)
    child.stdin.end(options.input ?? '')
    const timer = setTimeout(() => {
      if (child.pid) process.kill(-child.pid, 'SIGKILL')
      output += `\nkilled after ${timeout} ms`
    }, timeout)
    child.on('error', (error) => {
      clearTimeout(timer)
      reject(error)
    })
    child.on('close', (code) => {
      clearTimeout(timer)
      const status = code ?? -1
      if (status !== 0 && !options.mayFail) {
        const end = output.trimEnd().split('\n').slice(-LINES_OF_AN_ERROR).join('\n')
        reject(new Error(`${what} ended with ${status}:\n${end}`))
      } else {
        resolve({ status, stdout, output, milliseconds: Date.now() - started })
      }
    })
  })
}

/** Asks until the answer is neither false nor undefined, and fails when that takes too long. */
export async function until<T>(
  what: string,
  ask: () => T | Promise<T>,
  { timeout = 60_000, interval = 250 } = {},
): Promise<Exclude<T, false | null | undefined>> {
  const end = Date.now() + timeout
  for (;;) {
    const answer = await ask()
    if (answer !== false && answer != null) return answer as Exclude<T, false | null | undefined>
    if (Date.now() > end) throw new Error(`${what}: not within ${timeout} ms`)
    await new Promise((resolve) => setTimeout(resolve, interval))
  }
}
