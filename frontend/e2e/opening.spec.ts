// What the opening of a page costs: each thing is asked for once, what is folded away not at all, and nothing jumps.
import type { Page } from '@playwright/test'
import { expect, signIn, taskRow, test, untilLive } from './fixtures/test'
import { requestsOf } from './fixtures/requests'

/** Sums up how far things were pushed away on each page that is opened from now on (cumulative layout shift). */
async function watchShifts(page: Page): Promise<() => Promise<number>> {
  await page.addInitScript(() => {
    const shifts = { sum: 0 }
    Object.assign(window, { shifts })
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries())
        shifts.sum += (entry as PerformanceEntry & { value: number }).value
    }).observe({ type: 'layout-shift', buffered: true })
  })
  return () => page.evaluate(() => (window as unknown as { shifts: { sum: number } }).shifts.sum)
}

const OPENINGS = [
  { name: 'the dashboard', path: () => '/', most: 8 },
  { name: 'a list', path: (id: string) => `/projects/${id}?view=list`, most: 6 },
  { name: 'a board', path: (id: string) => `/projects/${id}?view=board`, most: 8 },
]

test('each page requests everything once without layout shifts', async ({
  page,
  account,
  api,
  newAccount,
}) => {
  const lin = await newAccount({ name: 'Lin' })
  const today = new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/Berlin' }).format(new Date())
  const projects = [await api.createProject('Household'), await api.createProject('Garden')]
  for (const { id: project_id } of projects) {
    await api.addMember(project_id, lin, 'editor')
    const fields = { project_id, tags: ['home'], assignee_id: account.id }
    await api.createTask({ ...fields, title: 'Water the plants', due_date: today })
    await api.createTask({ ...fields, title: 'Return the books', due_date: '2020-01-01' })
    await api.createTask({ ...fields, title: 'Cook', status: 'done' })
    await api.createTask({ project_id, title: 'Ask Lin', assignee_id: lin.id })
  }
  const id = projects[0]?.id ?? ''
  await signIn(page, account)
  await untilLive(page)
  const shifts = await watchShifts(page)
  const asked = requestsOf(page)

  for (const { name, path, most } of OPENINGS) {
    await test.step(name, async () => {
      await page.goto('about:blank')
      asked.length = 0
      await page.goto(path(id))
      await expect(page.getByRole('main').getByText('Water the plants').first()).toBeVisible()
      await untilLive(page)
      await page.waitForLoadState('networkidle')
      expect(
        asked.filter((line, index) => asked.indexOf(line) !== index),
        'asked for twice',
      ).toEqual([])
      expect(asked.length, asked.join('\n')).toBeLessThanOrEqual(most)
      expect(await shifts()).toBeLessThan(0.02)
    })
  }
})

test('done tasks are counted when collapsed and loaded when expanded', async ({ page, account, api }) => {
  const project = await api.createProject('Household')
  const { id } = await api.createTask({ title: 'Cook', project_id: project.id })
  await api.createTask({ title: 'Wash up', project_id: project.id, status: 'done' })
  const asked = requestsOf(page)
  await signIn(page, account, `/projects/${project.id}`)
  const group = page.getByRole('button', { name: 'Done', exact: false }).last()
  await expect(group).toHaveText(/1$/)
  await untilLive(page)
  await api.updateTask(id, { status: 'done' })
  await expect(group).toHaveText(/2$/)
  const loads = () => asked.filter((line) => line.startsWith('GET /tasks?') && line.includes('done'))
  expect(loads()).toEqual([])
  await group.click()
  await expect(taskRow(page, 'Wash up')).toBeVisible()
  await expect(taskRow(page, 'Cook')).toBeVisible()
  expect(loads()).toHaveLength(1)
})

test('events between the responses and the live connection arrive without reloading', async ({
  account,
  api,
  browserOf,
  network,
  newAccount,
  clientOf,
}) => {
  const lin = await newAccount({ name: 'Lin' })
  const project = await api.createProject('Household')
  await api.addMember(project.id, lin, 'editor')
  const kept = await api.createTask({ title: 'Cook', project_id: project.id })
  network.holdLive()
  const page = await browserOf(account, { path: `/projects/${project.id}`, baseURL: network.url })
  await expect(taskRow(page, 'Cook')).toBeVisible()
  await page.waitForLoadState('networkidle')
  const asked = requestsOf(page)
  const other = await clientOf(lin)
  await other.createTask({ title: 'Wash up', project_id: project.id, assignee_id: account.id })
  await other.updateTask(kept.id, { title: 'Cook for six' })
  await expect(taskRow(page, 'Cook for six')).toBeHidden()

  network.releaseLive()
  await untilLive(page)
  await expect(taskRow(page, 'Wash up')).toHaveCount(1)
  await expect(taskRow(page, 'Cook for six')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Notifications, 1 unread' })).toBeVisible()
  expect(asked.filter((line) => line.startsWith('GET /tasks?'))).toEqual([])
})
