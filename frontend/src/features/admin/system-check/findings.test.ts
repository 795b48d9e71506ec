import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { browserCauses, clockFinding, countOf, liveFinding, securityFinding, worstFirst } from './findings'

const root = join(import.meta.dirname, '../../../..')
const read = <T>(name: string): T => JSON.parse(readFileSync(join(root, name), 'utf8')) as T

interface Texts {
  admin: { causes: Record<string, { what: string; mend?: string }>; checks: Record<string, string> }
}

interface Document {
  components: { schemas: Record<'Cause' | 'Check', { enum: string[] }> }
}

test.each(['en', 'zh-CN'])('exactly the known causes and checks have texts in %s', (locale) => {
  const { Cause, Check } = read<Document>('openapi.json').components.schemas
  const { causes, checks } = read<Texts>(`src/features/admin/locales/${locale}.json`).admin
  expect(Object.keys(causes).sort()).toEqual([...Cause.enum, ...browserCauses].sort())
  expect(Object.keys(checks).sort()).toEqual(
    [...Check.enum, 'live', 'browser_clock', 'secure_context'].sort(),
  )
})

test('every problem has a fix', () => {
  const { causes } = read<Texts>('src/features/admin/locales/en.json').admin
  const wrong = [
    liveFinding(false),
    clockFinding(0, 60_000, 100),
    securityFinding(false, true),
    securityFinding(true, false),
  ]
  for (const { cause, status } of wrong) {
    expect(status).not.toBe('ok')
    expect(causes[cause]?.mend, cause).toBeTruthy()
  }
})

test('a slow answer is not a clock difference', () => {
  expect(clockFinding(1_000, 4_000, 8_000).cause).toBe('browser_clock_ok')
  expect(clockFinding(100_000, 40_000, 100_500)).toMatchObject({
    cause: 'browser_clock_differs',
    parameters: { difference_seconds: 60 },
  })
  expect(clockFinding(0, 90_000, 500).parameters.difference_seconds).toBe(90)
})

test('the worst comes first, the rest keeps its order', () => {
  const all = [
    liveFinding(true),
    securityFinding(false, true),
    securityFinding(true, true),
    securityFinding(true, false),
  ]
  expect(worstFirst(all).map(({ cause }) => cause)).toEqual([
    'cookies_blocked',
    'secure_context_missing',
    'live_ok',
    'secure_context_ok',
  ])
  expect(countOf(all, 'ok')).toBe(2)
})
