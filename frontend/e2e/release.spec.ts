// A tab that was open while a new version came: the files of its own version are gone from the server.
import type { Page } from '@playwright/test'
import { expect, signIn, taskRow, test } from './fixtures/test'

/** What this document has not loaded yet, it does not get; the next document gets everything. */
async function release(page: Page): Promise<void> {
  const names = await page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => name))
  const loaded = new Set(names)
  let isOld = true
  page.on('request', (request) => {
    if (request.isNavigationRequest() && request.frame() === page.mainFrame()) isOld = false
  })
  await page.route('**/assets/**', async (route) => {
    if (isOld && !loaded.has(route.request().url())) await route.fulfill({ status: 404, body: 'gone' })
    else await route.continue()
  })
  await page.evaluate(() => Object.assign(window, { tabOfBefore: true }))
}

const isTabOfBefore = (page: Page) => page.evaluate(() => 'tabOfBefore' in window)

test('after a release an old tab opens a task without losing text', async ({ page, account, api }) => {
  await api.createTask({ title: 'Made before the release' })
  await signIn(page, account, '/inbox')
  await expect(taskRow(page, 'Made before')).toBeVisible()

  await test.step('the page reloads automatically with the task open', async () => {
    await release(page)
    await taskRow(page, 'Made before').getByRole('link').click()
    const panel = page.getByRole('dialog', { name: 'Task details' })
    await expect(panel.getByRole('textbox', { name: 'Title' })).toHaveValue('Made before the release')
    expect(await isTabOfBefore(page)).toBe(false)
    await panel.getByRole('button', { name: 'Close' }).click()
  })

  await test.step('a second failure shows a message with a reload button', async () => {
    await release(page)
    await page.getByRole('radio', { name: 'Board' }).click()
    await expect(page.getByRole('alert')).toContainText('could not be loaded')
    expect(await isTabOfBefore(page)).toBe(true)
    await page.getByRole('button', { name: 'Reload the page' }).click()
    await expect(page.locator('[data-drop-zone="todo"]')).toBeVisible()
  })
})

test('a page that cannot start says so, and one of which a part does not come says that alone', async ({
  page,
}) => {
  const words = page.getByText('could not start')
  const gone = (asset: RegExp) => page.route(asset, (route) => route.fulfill({ status: 404, body: 'gone' }))

  await test.step('its own script', async () => {
    await gone(/\/assets\/index-.*\.js/)
    await page.goto('/login')
    await expect(words).toBeVisible()
    await page.unrouteAll()
    await page.getByRole('button', { name: 'Load again' }).click()
    await expect(page.getByLabel('Email')).toBeVisible()
    await expect(words).toBeHidden()
  })

  await test.step('a part', async () => {
    await gone(/\/assets\/Login-/)
    await page.goto('/login')
    await expect(page.getByRole('button', { name: 'Reload the page' })).toBeVisible()
    await expect(words).toBeHidden()
  })
})
