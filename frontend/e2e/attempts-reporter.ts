// Says at the very end why attempts failed, also those of tests that passed the second time: of a long log people see the end.
import { stripVTControlCharacters } from 'node:util'
import type { Reporter, TestCase, TestResult } from '@playwright/test/reporter'

const FIRST_LINES = 4
const LAST_LINES = 8
const LONGEST_LINE = 300

function shortened(message: string): string[] {
  const lines = stripVTControlCharacters(message)
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => line.slice(0, LONGEST_LINE))
  if (lines.length <= FIRST_LINES + LAST_LINES) return lines
  return [...lines.slice(0, FIRST_LINES), '…', ...lines.slice(-LAST_LINES)]
}

export default class AttemptsReporter implements Reporter {
  private readonly failed: string[] = []

  onTestEnd(test: TestCase, result: TestResult): void {
    if (result.status === 'skipped' || result.status === test.expectedStatus) return
    const title = test.titlePath().filter(Boolean).join(' › ')
    const seconds = Math.round(result.duration / 1000)
    const reason = shortened(result.error?.message ?? result.status)
    this.failed.push(
      `Attempt ${result.retry + 1} of ${title} failed after ${seconds} s:`,
      ...reason.map((line) => `    ${line}`),
    )
  }

  onEnd(): void {
    if (this.failed.length > 0) process.stdout.write(`\n${this.failed.join('\n')}\n`)
  }

  printsToStdio(): boolean {
    return false
  }
}
