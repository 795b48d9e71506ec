import { fillProject } from './fixtures/longList'
import { column, expect, test, untilLive } from './fixtures/test'

test('a long board draws what is near, and is walked, moved and read as a whole one', async ({
  account,
  api,
  browserOf,
}) => {
  const COUNT = 160
  const project = await fillProject(api, 'Moving house', COUNT)
  const page = await browserOf(account, { path: `/projects/${project.id}?view=board` })
  await untilLive(page)
  const todo = column(page, 'todo')
  const cards = todo.locator('[data-drag-id]')
  const last = todo.locator(`[aria-posinset="${COUNT}"]`)

  await test.step('scrolling loads and draws the end, and not all that lies before it', async () => {
    await expect(async () => {
      await todo.locator('ul').evaluate((list) => list.scrollTo(0, list.scrollHeight))
      await expect(last).toBeInViewport({ timeout: 500 })
    }).toPass({ timeout: 30_000 })
    await expect(last).toHaveAttribute('aria-setsize', String(COUNT))
    expect(await cards.count()).toBeLessThan(80)
  })

  await test.step('the keys go from card to card, also to those that were not drawn', async () => {
    await last.locator('[data-row-focus]').focus()
    for (let count = 0; count < 40; count += 1) await page.keyboard.press('k')
    await expect(todo.locator(`[aria-posinset="${COUNT - 40}"] [data-row-focus]`)).toBeFocused()
    await expect(todo.locator(`[aria-posinset="${COUNT - 40}"]`)).toBeInViewport()
  })

  await test.step('Alt and an arrow move a card to another column, with the focus', async () => {
    const id = await todo.locator(`[aria-posinset="${COUNT - 40}"]`).getAttribute('data-drag-id')
    await page.keyboard.press('Alt+ArrowRight')
    await expect(
      column(page, 'in_progress').locator(`[data-drag-id="${id ?? ''}"] [data-row-focus]`),
    ).toBeFocused()
    await expect(todo.locator('[aria-setsize]').first()).toHaveAttribute('aria-setsize', String(COUNT - 1))
  })
})
