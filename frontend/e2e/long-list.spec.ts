import { fillProject, loadAll } from './fixtures/longList'
import { expect, test, untilLive } from './fixtures/test'

// Hundreds of rows are loaded a page at a time.
test.setTimeout(120_000)

test('a long list keeps loading with End, and remote changes do not move it', async ({
  account,
  api,
  browserOf,
  network,
}) => {
  const COUNT = 420
  const project = await fillProject(api, 'Moving house', COUNT)
  const page = await browserOf(account, { path: `/projects/${project.id}`, baseURL: network.url })
  await untilLive(page)
  await loadAll(page, COUNT)

  /** The row in the middle of the window, and where it stands. */
  const middle = () =>
    page.evaluate(() => {
      const [x, y] = [window.innerWidth / 2, window.innerHeight / 2]
      const row = document.elementFromPoint(x, y)?.closest<HTMLElement>('[data-row-id]')
      return { id: row?.dataset.rowId, top: Math.round(row?.getBoundingClientRect().top ?? NaN) }
    })
  await page.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight / 2))
  await expect(page.locator('[aria-posinset="210"]')).toBeVisible()
  await page.waitForLoadState('networkidle')
  const before = await middle()
  expect(before.id).toBeDefined()

  await test.step('a tag is renamed while offline', async () => {
    network.cut()
    await page.context().setOffline(true)
    await api.renameTag(project.id, 'work', 'office')
    await expect(page.getByText('Offline. Changes cannot be saved')).toBeVisible()
    network.restore()
    await page.context().setOffline(false)
    await untilLive(page)
    await expect(page.getByRole('main').getByText('office').first()).toBeVisible()
    await page.waitForLoadState('networkidle')
    expect(await middle()).toEqual(before)
    await expect(page.locator(`[data-row-id="${before.id ?? ''}"]`)).toHaveAttribute(
      'aria-setsize',
      String(COUNT),
    )
  })

  await test.step('the list keeps its length', async () => {
    await page.keyboard.press('End')
    await expect(page.locator(`[aria-posinset="${COUNT}"] [data-row-focus]`)).toBeFocused()
  })
})
