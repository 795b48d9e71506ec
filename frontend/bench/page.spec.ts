// How long the page takes with long lists: `make bench-page`. With BENCH_PROFILE=tiny it is only tried whether all of it still works, on
// lists that are just long enough to be drawn in part.
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { devices, type Page } from '@playwright/test'
import { fillProject, loadAll } from '../e2e/fixtures/longList'
import { expect, quickAdd, signIn, test, untilLive } from '../e2e/fixtures/test'
import { Stopwatch, type Outcome, type Sample } from './stopwatch'

const isFull = process.env.BENCH_PROFILE === 'full'
const ROWS = isFull ? 2_000 : 120
const PHONE_ROWS = isFull ? 300 : 110
const REPEATS = isFull ? 30 : 2
/** A page is opened less often: it takes the longest. */
const OPENINGS = isFull ? 10 : 1
/** So long a ticked row stays (useLingering). */
const LINGER = 1_400
const LIMIT = 100
const OPENING = 'open the page'

const figures: Record<string, Sample[]> = {}

// One after the other, in one process: the report is of both.
test.describe.configure({ mode: 'default', timeout: isFull ? 900_000 : 60_000 })
test.afterAll(() => isFull && report())

/** The first time is left out: it loads the parts that come with their first use. */
async function repeat(name: string, count: number, once: () => Promise<Sample>): Promise<void> {
  await once()
  const samples = (figures[name] ??= [])
  while (samples.length < count) samples.push(await once())
}

/** A row in the middle of the window: what one looks at while one works. */
function rowInView(page: Page): Promise<{ id: string; title: string }> {
  return page.evaluate(() => {
    const rows = [...document.querySelectorAll<HTMLElement>('[data-row-list] [data-row-id]:not(.leaving)')]
    const middle = window.innerHeight / 2
    const row = rows.find((one) => one.getBoundingClientRect().bottom > middle) ?? rows[0]
    return { id: row?.dataset.rowId ?? '', title: row?.querySelector('.title')?.textContent?.trim() ?? '' }
  })
}

const rowOf = (id: string): string => `[data-row-id="${id}"]`
const focusOf = (id: string): Outcome => ({ selector: `${rowOf(id)} [data-row-focus]:focus` })

async function tickAndOpen(page: Page, watch: Stopwatch, on: string): Promise<void> {
  await repeat(`${on}: tick`, REPEATS, async () => {
    const box = `${rowOf((await rowInView(page)).id)} [role=checkbox]`
    const done = { selector: `${box}[aria-checked=true]` }
    return watch.time('click', done, () => page.locator(box).click(), LINGER)
  })
  await repeat(`${on}: open a task`, REPEATS, async () => {
    const { id, title } = await rowInView(page)
    const open = () => page.locator(`${rowOf(id)} [data-row-focus]`).click()
    const sample = await watch.time('click', { selector: '.task-panel textarea', text: title }, open)
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click()
    await expect(page.locator('.task-panel')).toBeHidden()
    return sample
  })
}

async function scroll(page: Page, watch: Stopwatch, on: string): Promise<void> {
  const row = { selector: '[data-row-id]', middle: true }
  // From the end back to the top: where nothing scrolls there is no event either.
  const move = () =>
    page.evaluate(() => {
      const { scrollHeight } = document.documentElement
      const isAtEnd = window.scrollY + window.innerHeight >= scrollHeight - 1
      window.scrollTo(0, isAtEnd ? 0 : window.scrollY + window.innerHeight)
    })
  await repeat(`${on}: scroll by a window`, REPEATS, () => watch.time('scroll', row, move))
}

test('desktop', async ({ page, account, api }) => {
  const project = await fillProject(api, 'House', ROWS)
  await signIn(page, account, '/inbox')
  const watch = await Stopwatch.of(page)
  const url = `/projects/${project.id}`
  await repeat(`desk: ${OPENING}`, OPENINGS, () => watch.timeOpening(url))
  await untilLive(page)
  const last = await loadAll(page, ROWS)
  await page.keyboard.press('Home')
  const first = (await page.locator('[aria-posinset="1"]').getAttribute('data-row-id')) ?? ''

  let atEnd = false
  await repeat('desk: End or Home', REPEATS, () => {
    atEnd = !atEnd
    const press = () => page.keyboard.press(atEnd ? 'End' : 'Home')
    return watch.time('keydown', focusOf(atEnd ? last : first), press)
  })
  await repeat('desk: j', REPEATS, async () => {
    const next = await page.evaluate(() => {
      const row = document.activeElement?.closest<HTMLElement>('[data-row-id]')
      return (row?.nextElementSibling as HTMLElement | null)?.dataset.rowId ?? ''
    })
    return next
      ? watch.time('keydown', focusOf(next), () => page.keyboard.press('j'), 100)
      : watch.time('keydown', focusOf(first), () => page.keyboard.press('Home'), 100)
  })
  await scroll(page, watch, 'desk')
  await tickAndOpen(page, watch, 'desk')
  let added = 0
  await repeat('desk: quick add', REPEATS, async () => {
    const title = `Added as number ${(added += 1)}`
    await quickAdd(page).fill(title)
    return watch.time('keydown', { selector: '[data-row-id], .toast', text: title }, () =>
      quickAdd(page).press('Enter'),
    )
  })
  await page.getByRole('button', { name: 'Filters, none set' }).click()
  const field = page.getByRole('searchbox', { name: 'Words in the task' })
  await repeat('desk: a letter in the filter', REPEATS, async () => {
    // What is found comes 250 ms after the last letter.
    const letter = { selector: 'input[type=search]:focus', text: 'p' }
    await field.focus()
    const sample = await watch.time('keydown', letter, () => field.press('p'), 800)
    await field.fill('')
    await expect(page.locator('[aria-posinset="1"]')).toBeVisible()
    await page.waitForLoadState('networkidle')
    return sample
  })
  const show = (view: string) => page.getByRole('radio', { name: view }).click()
  const [cards, rows] = [{ selector: '[data-drop-zone=todo] [data-drag-id]' }, { selector: '[data-row-id]' }]
  await repeat('desk: to the board', REPEATS, async () => {
    const sample = await watch.time('click', cards, () => show('Board'))
    await show('List')
    await page.waitForLoadState('networkidle')
    return sample
  })
  await repeat('desk: back to the list', REPEATS, async () => {
    await show('Board')
    await page.waitForLoadState('networkidle')
    return watch.time('click', rows, () => show('List'))
  })
})

test('phone', async ({ browser, account, api, baseURL }) => {
  const project = await fillProject(api, 'Moving', PHONE_ROWS)
  const context = await browser.newContext({ ...devices['Pixel 7'], baseURL, locale: 'en-GB' })
  const page = await context.newPage()
  await signIn(page, account, '/inbox')
  const watch = await Stopwatch.of(page)
  await watch.slowDown(isFull ? 4 : 1)
  await repeat(`phone: ${OPENING}`, OPENINGS, () => watch.timeOpening(`/projects/${project.id}`))
  await loadAll(page, PHONE_ROWS)
  await scroll(page, watch, 'phone')
  await tickAndOpen(page, watch, 'phone')
  await context.close()
})

const round = (value: number): number => Math.round(value * 10) / 10

function quantile(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return round(sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? NaN)
}

function report(): void {
  const rows = Object.entries(figures).map(([action, samples]) => {
    const waits = samples.map(({ wait }) => wait)
    const cpu = quantile(
      samples.map((sample) => sample.cpu),
      0.5,
    )
    return { action, times: samples.length, p50: quantile(waits, 0.5), p95: quantile(waits, 0.95), cpu }
  })
  const lines = rows.map(({ action, times, p50, p95, cpu }) => {
    const mark = p95 > LIMIT && !action.endsWith(OPENING) ? ' !' : ''
    return `| ${action} | ${times} | ${p50} | ${p95}${mark} | ${cpu} |`
  })
  const head = ['| Action | times | p50 ms | p95 ms | CPU ms |', '|---|---:|---:|---:|---:|']
  process.stdout.write(`\n${[...head, ...lines].join('\n')}\n`)
  const folder = new URL('../../bench/results/', import.meta.url)
  mkdirSync(folder, { recursive: true })
  const at = new Date().toISOString()
  const result = {
    at,
    cores: cpus().length,
    rows: ROWS,
    phone_rows: PHONE_ROWS,
    actions: rows,
    samples: figures,
  }
  writeFileSync(new URL(`page-${at.replaceAll(':', '')}.json`, folder), JSON.stringify(result, null, 2))
}
