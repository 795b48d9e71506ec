// A line on which every byte takes 400 ms each way, and a person who reloads at the worst moments.
import type { Page } from '@playwright/test'
import { addTask, checkbox, expect, quickAdd, taskRow, test } from './fixtures/test'
import { sending } from './fixtures/requests'

/**
 * The old page is there until the new one comes, and then goes with what is under way: it sees nothing of an answer. Only the bare keyboard
 * and mouse act on it meanwhile; locators wait for the new page.
 */
async function whileReloading(page: Page, act: () => Promise<unknown>): Promise<void> {
  const reloading = page.reload({ waitUntil: 'commit' })
  await page.waitForTimeout(400)
  await act()
  await reloading
}

// Each page takes some seconds on such a line, and on a busy machine more.
test.setTimeout(120_000)

test('reloads on a slow line lose nothing, duplicate nothing and sign nobody out', async ({
  account,
  api,
  browserOf,
  network,
}) => {
  const project = await api.createProject('Household')
  network.slowDown(400)
  const path = `/projects/${project.id}`
  const page = await browserOf(account, { path, baseURL: network.url })
  const titles = async () => (await api.tasks(project.id)).map(({ title }) => title)

  await test.step('while a task is being added', async () => {
    await expect(page.getByText('All clear')).toBeVisible()
    await quickAdd(page).fill('Buy milk')
    await whileReloading(page, () => page.keyboard.press('Enter'))
    await expect(taskRow(page, 'Buy milk')).toHaveCount(1)
    await expect(quickAdd(page)).toHaveValue('')
    await expect.poll(titles).toEqual(['Buy milk'])
  })

  await test.step('just after a description was typed', async () => {
    await taskRow(page, 'Buy milk').getByRole('link').click()
    const panel = page.getByRole('dialog', { name: 'Task details' })
    await panel.getByRole('button', { name: 'Add a description' }).click()
    const field = panel.getByRole('textbox', { name: 'Description' })
    await expect(field).toBeFocused()
    await whileReloading(page, () => page.keyboard.insertText('Two litres, and the bread.'))
    await expect(panel.getByText('Two litres, and the bread.').or(field).first()).toBeVisible()
    await expect
      .poll(async () => (await api.tasks(project.id)).map(({ description }) => description))
      .toEqual(['Two litres, and the bread.'])
    await panel.getByRole('button', { name: 'Close' }).click()
  })

  await test.step('while a task is being completed', async () => {
    const box = await checkbox(page, 'Buy milk').boundingBox()
    if (!box) throw new Error('no checkbox')
    await whileReloading(page, () => page.mouse.click(box.x + box.width / 2, box.y + box.height / 2))
    await expect(page.getByRole('button', { name: /^Done/ })).toHaveText(/1$/)
    await expect(taskRow(page, 'Buy milk')).toBeHidden()
    expect((await api.tasks(project.id)).map(({ status }) => status)).toEqual(['done'])
  })

  await test.step('repeatedly while the session is being refreshed', async () => {
    for (let count = 0; count < 3; count += 1) {
      const sent = sending(page, 'POST /auth/refresh')
      await page.reload({ waitUntil: 'commit' })
      await sent
    }
    await page.reload({ waitUntil: 'commit' })
    await expect(page.getByRole('heading', { level: 1, name: 'Household' })).toBeVisible()
    await addTask(page, 'Buy bread')
    await expect.poll(titles).toContain('Buy bread')
  })
})
