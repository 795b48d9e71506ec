// Without a mouse.
import { checkbox, expect, signIn, tabTo, taskRow, test } from './fixtures/test'

test('sign in, add, complete, open and close with the keyboard only', async ({ page, account, api }) => {
  const project = await api.createProject('Garden')
  const keys = page.keyboard

  await test.step('sign in', async () => {
    await page.goto(`/login?redirect=/projects/${project.id}`)
    await tabTo(page, page.getByLabel('Email'))
    await keys.type(account.email)
    await tabTo(page, page.getByLabel('Password', { exact: true }))
    await keys.type(account.password)
    await keys.press('Enter')
    await expect(page.getByRole('heading', { level: 1, name: 'Garden' })).toBeVisible()
  })

  await test.step('skip to the content and add two tasks', async () => {
    await page.locator('body').focus()
    await keys.press('Tab')
    const skip = page.getByRole('link', { name: 'Skip to content' })
    await expect(skip).toBeFocused()
    await expect(skip).toBeInViewport()
    await keys.press('Enter')
    await tabTo(page, page.getByRole('textbox', { name: 'Add a task' }))
    await keys.type('Plant the bulbs')
    await keys.press('Enter')
    await keys.type('Rake the leaves')
    await keys.press('Enter')
    await expect(taskRow(page, 'Rake the leaves')).toBeVisible()
  })

  const bulbs = taskRow(page, 'Plant the bulbs').getByRole('link')

  await test.step('open a task and close it', async () => {
    await tabTo(page, page.locator('[data-row-focus]').first())
    await keys.press('ArrowDown')
    await expect(taskRow(page, 'Rake the leaves').getByRole('link')).toBeFocused()
    await keys.press('ArrowUp')
    await expect(bulbs).toBeFocused()
    await keys.press('Enter')
    const panel = page.getByRole('dialog', { name: 'Task details' })
    await expect(panel).toBeVisible()
    await expect(panel).toBeFocused()
    await keys.press('Escape')
    await expect(panel).toBeHidden()
    await expect(bulbs).toBeFocused()
  })

  await test.step('complete it', async () => {
    await keys.press('Space')
    await expect(taskRow(page, 'Plant the bulbs')).toBeHidden()
    await expect(checkbox(page, 'Rake the leaves')).toHaveAttribute('aria-checked', 'false')
  })

  await test.step('notifications return the focus', async () => {
    const bell = page.getByRole('button', { name: 'Notifications, none unread' })
    await bell.focus()
    await keys.press('Enter')
    await expect(page.getByRole('dialog', { name: 'Notifications' })).toBeVisible()
    await keys.press('Escape')
    await expect(page.getByRole('dialog', { name: 'Notifications' })).toBeHidden()
    await expect(bell).toBeFocused()
  })
})

test('projects are reordered with the keyboard', async ({ page, account, api }) => {
  await api.createProject('First')
  await api.createProject('Second')
  await signIn(page, account)
  const links = page.getByRole('navigation', { name: 'Main navigation' }).locator('[data-drag-id] a')
  await expect(links).toHaveText([/First/, /Second/])
  await links.last().focus()
  const saved = page.waitForResponse((response) => response.request().method() === 'PATCH')
  await page.keyboard.press('Alt+ArrowUp')
  await expect(links).toHaveText([/Second/, /First/])
  await expect(links.first()).toBeFocused()
  await saved
  await page.reload()
  await expect(links).toHaveText([/Second/, /First/])
})
