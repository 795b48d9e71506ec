// Where the keyboard stands: nothing that is done leaves it on nothing.
import { audit, expect, quickAdd, signIn, test } from './fixtures/test'

test('n starts a task on every page, and Escape closes it from anywhere', async ({ page, account, api }) => {
  const project = await api.createProject('Garden')
  const task = await api.createTask({ title: 'Plant the bulbs', project_id: project.id })
  await signIn(page, account, '/trash')
  await expect(page.getByRole('heading', { level: 1, name: 'Trash' })).toBeVisible()

  await test.step('without a list a dialog opens for the Inbox, also with a Russian keyboard', async () => {
    await page.evaluate(() =>
      document.body.dispatchEvent(
        new KeyboardEvent('keydown', { key: 'т', code: 'KeyN', bubbles: true, cancelable: true }),
      ),
    )
    const dialog = page.getByRole('dialog', { name: 'New task' })
    await expect(dialog.getByRole('textbox')).toBeFocused()
    await audit(page, 'a new task')
    await page.keyboard.press('Escape')
    await expect(dialog).toBeHidden()
  })

  await test.step('on a board the column field is used', async () => {
    await page.goto(`/projects/${project.id}`)
    await page.getByRole('radio', { name: 'Board' }).click()
    await expect(page.locator('[data-drop-zone=todo]')).toContainText('Plant the bulbs')
    await page.getByRole('heading', { level: 1 }).click()
    await page.keyboard.press('n')
    const field = page.locator('[data-drop-zone=todo]').getByRole('textbox')
    await expect(field).toBeFocused()
    await page.keyboard.press('Escape')
  })

  await test.step('Escape closes an open task while the focus is on the page', async () => {
    await page.goto(`/projects/${project.id}?task=${task.id}`)
    const panel = page.getByRole('dialog', { name: 'Task details' })
    await expect(panel.getByRole('textbox', { name: 'Title' })).toBeVisible()
    await expect(page).toHaveTitle(/^Plant the bulbs · /)
    await page.getByRole('heading', { level: 1 }).click()
    await page.keyboard.press('Escape')
    await expect(panel).toBeHidden()
    await expect(page).toHaveTitle(/^Garden · /)
  })

  await test.step('a search from the header, and a new project', async () => {
    await page.getByRole('searchbox').fill('bulbs')
    await page.keyboard.press('Enter')
    await expect(page.getByRole('main').getByRole('link', { name: 'Plant the bulbs' })).toBeVisible()
    await expect.poll(() => page.evaluate(() => document.activeElement?.closest('main') !== null)).toBe(true)
    await page.getByRole('button', { name: 'New project' }).click()
    await page.getByRole('dialog').getByRole('textbox', { name: 'Name' }).fill('Kitchen')
    await page.keyboard.press('Enter')
    await expect(page.getByRole('heading', { level: 1, name: 'Kitchen' })).toBeVisible()
    await expect(quickAdd(page)).toBeFocused()
  })

  await test.step('pasted lines are offered as several tasks', async () => {
    await quickAdd(page).evaluate((field) => {
      const clipboardData = new DataTransfer()
      clipboardData.setData('text/plain', '1. 买牛奶\n2. 买面包\n- [ ] Post the letter')
      field.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }))
    })
    await page.getByRole('button', { name: 'Add 3 tasks' }).click()
    for (const title of ['买牛奶', '买面包', 'Post the letter']) {
      await expect(page.getByRole('main').getByRole('link', { name: title })).toBeVisible()
    }
    await expect(quickAdd(page)).toBeFocused()
    await expect(quickAdd(page)).toHaveValue('')
  })
})

test('a refused sign-in focuses the password', async ({ page, account }) => {
  await page.goto('/login')
  await page.getByLabel('Email').fill(account.email)
  await page.getByLabel('Password', { exact: true }).fill('not my password')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.getByRole('alert')).toBeVisible()
  await expect(page.getByLabel('Password', { exact: true })).toBeFocused()
})

test('dates follow the language, and the calendar works with the keyboard', async ({
  page,
  account,
  api,
}) => {
  const project = await api.createProject('Garden')
  const task = await api.createTask({ title: 'Prune', project_id: project.id, due_date: '2027-03-10' })
  await signIn(page, account, `/projects/${project.id}?task=${task.id}`)
  const panel = page.getByRole('dialog', { name: 'Task details' })
  const due = panel.getByRole('textbox', { name: 'Due' })
  await expect(due).toHaveValue('10/03/2027')
  await due.fill('12/3/2027')
  await due.press('Enter')
  await expect(due).toHaveValue('12/03/2027')
  await panel.getByRole('button', { name: 'Calendar: Due' }).click()
  await audit(page, 'the calendar')
  for (const key of ['PageDown', 'ArrowDown', 'ArrowRight']) await page.keyboard.press(key)
  await page.keyboard.press('Enter')
  await expect(due).toHaveValue('20/04/2027')
  await page.reload()
  await expect(due).toHaveValue('20/04/2027')
})
