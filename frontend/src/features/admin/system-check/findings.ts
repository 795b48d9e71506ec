// What the checks of the installation have found: those of the server, and those that only a browser can make.
import type { ServerFinding } from '@/api/types'

export type FindingStatus = ServerFinding['status']
type Parameters = ServerFinding['parameters']

const BROWSER_CAUSES = {
  live_ok: 'ok',
  live_failed: 'problem',
  browser_clock_ok: 'ok',
  browser_clock_differs: 'warning',
  secure_context_ok: 'ok',
  secure_context_missing: 'warning',
  cookies_blocked: 'problem',
} as const satisfies Record<string, FindingStatus>

export type BrowserCause = keyof typeof BROWSER_CAUSES
export type Cause = ServerFinding['cause'] | BrowserCause
export const browserCauses = Object.keys(BROWSER_CAUSES) as BrowserCause[]

export interface Finding {
  id: ServerFinding['id'] | 'live' | 'browser_clock' | 'secure_context'
  status: FindingStatus
  cause: Cause
  parameters: Parameters
}

function found(id: Finding['id'], cause: BrowserCause, parameters: Parameters = {}): Finding {
  return { id, cause, status: BROWSER_CAUSES[cause], parameters }
}

export function liveFinding(opened: boolean): Finding {
  return found('live', opened ? 'live_ok' : 'live_failed')
}

/** Less is within what people notice. */
const CLOCK_TOLERANCE_SECONDS = 5

/** The server's time was read at some moment between asking and the answer. */
export function clockFinding(asked: number, serverTime: number, answered: number): Finding {
  const distance = serverTime < asked ? asked - serverTime : Math.max(0, serverTime - answered)
  const seconds = Math.round(distance / 1000)
  const cause = seconds > CLOCK_TOLERANCE_SECONDS ? 'browser_clock_differs' : 'browser_clock_ok'
  return found('browser_clock', cause, { difference_seconds: seconds })
}

export function securityFinding(isSecureContext: boolean, cookieEnabled: boolean): Finding {
  if (!cookieEnabled) return found('secure_context', 'cookies_blocked')
  return found('secure_context', isSecureContext ? 'secure_context_ok' : 'secure_context_missing')
}

const WORST_FIRST: readonly FindingStatus[] = ['problem', 'warning', 'unknown', 'ok']

export function worstFirst(findings: readonly Finding[]): Finding[] {
  return [...findings].sort((a, b) => WORST_FIRST.indexOf(a.status) - WORST_FIRST.indexOf(b.status))
}

export function countOf(findings: readonly Finding[], status: FindingStatus): number {
  return findings.filter((finding) => finding.status === status).length
}
