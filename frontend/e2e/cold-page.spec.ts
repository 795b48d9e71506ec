// What a page loads on the first visit or after a release: everything that Chromium fetches with an empty cache, as Nginx sends it
// (`gzip --best`), except API responses.
import { gzipSync } from 'node:zlib'
import type { Browser, BrowserContext, BrowserContextOptions, Page, Response } from '@playwright/test'
import { expect, signIn, test, untilLive } from './fixtures/test'

/** The target for every page: one second on Lighthouse's slow 4G (1.6 Mbit/s). */
const BUDGET = 200_000
/** With a task open the target is missed so far; this limit keeps it from growing (docs/performance.md). */
const BUDGET_OPEN = 216_000
/** Every page loads at least this many bytes: less means that something was not counted. */
const LEAST = 100_000

type SessionState = Awaited<ReturnType<BrowserContext['storageState']>>

interface Part {
  path: string
  bytes: number
}

/** Opens the page with an empty cache and returns what was loaded, the largest first. */
async function loadCold(
  browser: Browser,
  options: BrowserContextOptions,
  path: string,
  untilThere: (page: Page) => Promise<void>,
): Promise<{ parts: Part[]; state: SessionState }> {
  const context = await browser.newContext(options)
  const page = await context.newPage()
  const responses: Response[] = []
  page.on('response', (response) => responses.push(response))
  await page.goto(path)
  await untilThere(page)
  await untilLive(page)
  await page.waitForLoadState('networkidle')
  const parts = responses
    .filter((response) => !new URL(response.url()).pathname.startsWith('/api/'))
    .map(async (response) => {
      const body = await response.body()
      return { path: new URL(response.url()).pathname, bytes: gzipSync(body, { level: 9 }).length }
    })
  const loaded = await Promise.all(parts)
  // The session was renewed.
  const state = await context.storageState()
  await context.close()
  return { parts: loaded.toSorted((a, b) => b.bytes - a.bytes), state }
}

const kB = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`
const sum = (parts: Part[]): number => parts.reduce((total, { bytes }) => total + bytes, 0)
const list = (parts: Part[]): string =>
  [`${kB(sum(parts))} in all`, ...parts.map(({ path, bytes }) => `${kB(bytes).padStart(9)}  ${path}`)].join(
    '\n',
  )

// Six pages, each with an empty cache.
test.setTimeout(150_000)

for (const language of ['en', 'zh-CN'] as const) {
  test(`a cold page stays within its budget: ${language}`, async ({
    page,
    browser,
    newAccount,
    clientOf,
  }, info) => {
    const account = await newAccount({ language })
    const api = await clientOf(account)
    const project = await api.createProject('Household')
    const title = 'Water the plants'
    const description = language === 'en' ? 'Those on the balcony, too.' : '阳台上的也要浇。'
    const { id } = await api.createTask({
      title,
      project_id: project.id,
      assignee_id: account.id,
      description,
      priority: 'high',
      due_date: '2020-01-01',
      tags: ['home'],
    })
    await signIn(page, account)
    await untilLive(page)
    let storageState = await page.context().storageState()
    await page.close()

    const rows = (on: Page) => expect(on.locator('main').getByText(title).first()).toBeVisible()
    const panel = async (on: Page) => {
      await rows(on)
      await expect(on.getByRole('dialog').getByText(description)).toBeVisible()
    }
    const pages = [
      { name: 'dashboard', most: BUDGET, path: '/', untilThere: rows },
      { name: 'list', most: BUDGET, path: `/projects/${project.id}?view=list`, untilThere: rows },
      { name: 'board', most: BUDGET, path: `/projects/${project.id}?view=board`, untilThere: rows },
      { name: 'dashboard, a task open', most: BUDGET_OPEN, path: `/?task=${id}`, untilThere: panel },
      {
        name: 'list, a task open',
        most: BUDGET_OPEN,
        path: `/projects/${project.id}?view=list&task=${id}`,
        untilThere: panel,
      },
      {
        name: 'board, a task open',
        most: BUDGET_OPEN,
        path: `/projects/${project.id}?view=board&task=${id}`,
        untilThere: panel,
      },
    ]
    for (const { name, most, path, untilThere } of pages) {
      const { parts, state } = await loadCold(browser, { storageState, locale: language }, path, untilThere)
      storageState = state
      await info.attach(name, { body: list(parts), contentType: 'text/plain' })
      process.stdout.write(`${kB(sum(parts)).padStart(9)}  ${language}: ${name}\n`)
      expect.soft(sum(parts), `${name}: ${list(parts)}`).toBeLessThanOrEqual(most)
      expect.soft(sum(parts), `${name}: ${list(parts)}`).toBeGreaterThan(LEAST)
    }
  })
}
