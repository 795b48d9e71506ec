import type { Page } from '@playwright/test'
import { linkInMail, sendsMail } from './fixtures/mailbox'
import {
  addTask,
  checkbox,
  column,
  drag,
  expect,
  expectEllipsis,
  expectUnseen,
  signIn,
  taskRow,
  test,
} from './fixtures/test'

async function search(page: Page, text: string): Promise<void> {
  await page.getByRole('searchbox', { name: 'Search tasks' }).fill(text)
  await page.keyboard.press('Enter')
}

test('from a new account to a project with its tasks', async ({ page }) => {
  await test.step('register', async () => {
    await page.goto('/')
    await page.getByRole('link', { name: 'Create account' }).click()
    await page.getByLabel('Name').fill('Ada')
    const email = `e2e-new-${Date.now()}@example.com`
    await page.getByLabel('Email').fill(email)
    await page.getByLabel('Password', { exact: true }).fill('correct horse battery staple')
    await page.getByRole('button', { name: 'Create account' }).click()
    if (sendsMail) {
      await page.goto(await linkInMail(email, '/confirm-email'))
      await page.getByLabel('Password', { exact: true }).fill('correct horse battery staple')
      await page.getByRole('button', { name: 'Finish registering' }).click()
    }
    await expect(page.getByRole('heading', { level: 1, name: /, Ada/ })).toBeVisible()
  })

  await test.step('create the first project', async () => {
    await page.getByRole('main').getByRole('button', { name: 'New project' }).click()
    const dialog = page.getByRole('dialog', { name: 'New project' })
    await dialog.getByLabel('Name of the project').fill('Spring release')
    await expectUnseen(dialog.getByRole('radio'))
    await dialog.getByRole('radio', { name: 'Rocket' }).check({ force: true })
    await dialog.getByRole('button', { name: 'Create' }).click()
    await expect(page.getByRole('heading', { level: 1, name: 'Spring release' })).toBeVisible()
  })

  await test.step('add, edit and complete tasks', async () => {
    await addTask(page, 'Write the report')
    await addTask(page, '准备发布会议的议程')
    await addTask(page, 'Book the room')
    await taskRow(page, 'Write the report').getByRole('link').click()
    const panel = page.getByRole('dialog', { name: 'Task details' })
    await panel.getByRole('textbox', { name: 'Title' }).fill('Write the quarterly reports')
    await panel.getByRole('textbox', { name: 'Title' }).press('Enter')
    await expect(taskRow(page, 'Write the quarterly reports')).toBeVisible()
    await panel.getByRole('button', { name: 'Close' }).click()
    await expect(panel).toBeHidden()
    await checkbox(page, 'Book the room').click()
    // The pointer is still on it: done, and not what one may tick.
    const ring = checkbox(page, 'Book the room').locator('.ring')
    await expect(ring.locator('svg')).toBeVisible()
    const accent = await page.evaluate(() => {
      const probe = document.createElement('i')
      probe.style.background = 'var(--color-accent-hover)'
      document.body.append(probe)
      const { backgroundColor } = getComputedStyle(probe)
      probe.remove()
      return backgroundColor
    })
    await expect(ring).toHaveCSS('background-color', accent)
    await expect(taskRow(page, 'Book the room')).toBeHidden()
  })

  await test.step('search in English by word stem and in Chinese by two characters', async () => {
    const main = page.getByRole('main')
    await search(page, 'report')
    await expect(main.getByRole('link', { name: 'Write the quarterly reports' })).toBeVisible()
    await expect(main.getByRole('link', { name: '准备发布会议的议程' })).toBeHidden()
    await search(page, '会议')
    await expect(main.getByRole('link', { name: '准备发布会议的议程' })).toBeVisible()
    await expect(main.locator('mark')).toHaveText('会议')
    await expect(main.getByRole('link', { name: 'Write the quarterly reports' })).toBeHidden()
  })

  await test.step('drag on the board', async () => {
    await page.getByRole('navigation', { name: 'Main navigation' }).getByText('Spring release').click()
    await page.getByRole('radio', { name: 'Board' }).click()
    const card = page.locator('[data-drag-id]').filter({ hasText: '准备发布会议的议程' })
    const saved = page.waitForResponse((response) => response.request().method() === 'PATCH')
    await drag(page, card, column(page, 'in_progress'))
    await expect(column(page, 'in_progress')).toContainText('准备发布会议的议程')
    expect((await saved).status()).toBe(200)
    await expect(page.locator('.toast')).toContainText('In progress')
  })

  await test.step('dropped on the header it stays, below a short column it moves there, and Ctrl+Z undoes it', async () => {
    const card = page.locator('[data-drag-id]').filter({ hasText: '准备发布会议的议程' })
    await drag(page, card, page.locator('header.top'))
    await expect(column(page, 'in_progress')).toContainText('准备发布会议的议程')
    const done = await column(page, 'done').boundingBox()
    const from = await card.boundingBox()
    if (!done || !from) throw new Error('no column')
    await page.mouse.move(from.x + from.width / 2, from.y + 12)
    await page.mouse.down()
    await page.mouse.move(done.x + done.width / 2, done.y + done.height - 60, { steps: 8 })
    await page.mouse.up()
    await expect(column(page, 'done').locator('[data-drag-id]').last()).toContainText('准备发布会议的议程')
    await page.keyboard.press('Control+z')
    await expect(column(page, 'in_progress')).toContainText('准备发布会议的议程')
  })

  await test.step('the field for a new card is as wide as its column', async () => {
    const todo = column(page, 'todo')
    await todo.getByRole('button', { name: 'Add a task to To do' }).click()
    const field = todo.getByRole('textbox')
    const [width, whole] = [(await field.boundingBox())?.width ?? 0, (await todo.boundingBox())?.width ?? 0]
    expect(whole).toBeGreaterThan(200)
    expect(width).toBeGreaterThan(whole / 2)
    await field.fill('Order the cake')
    await field.press('Enter')
    await expect(todo.locator('[data-drag-id]').last()).toContainText('Order the cake')
    await field.press('Escape')
  })

  await test.step('dropped on a project in the sidebar it moves there, and Undo reverts it', async () => {
    const card = page.locator('[data-drag-id]').filter({ hasText: 'Order the cake' })
    await drag(
      page,
      card,
      page.getByRole('navigation', { name: 'Main navigation' }).getByRole('link', { name: 'Inbox' }),
    )
    await expect(card).toBeHidden()
    await page.locator('.toast').getByRole('button', { name: 'Undo' }).click()
    await expect(column(page, 'todo')).toContainText('Order the cake')
  })

  await test.step('everything is there after a reload', async () => {
    await page.reload()
    await expect(column(page, 'in_progress')).toContainText('准备发布会议的议程')
    await expect(column(page, 'todo')).toContainText('Write the quarterly reports')
    await expect(column(page, 'done')).toContainText('Book the room')
  })
})

test('the dashboard updates its counts', async ({ page, account, api }) => {
  const project = await api.createProject('Household')
  const today = new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/Berlin' }).format(new Date())
  await api.createTask({ title: 'Water the plants', project_id: project.id, due_date: today })
  await api.createTask({ title: 'Return the books', project_id: project.id, due_date: '2020-01-01' })
  await signIn(page, account)
  await expect(page.getByTestId('tile-dueToday')).toContainText('1')
  await expect(page.getByTestId('tile-overdue')).toContainText('1')
  await expect(page.getByTestId('progress')).toHaveText('0 of 1 done')
  const todays = page.getByRole('region', { name: 'Today', exact: false }).last()
  await expect(todays.getByText('Water the plants')).toBeVisible()

  await checkbox(page, 'Water the plants').click()
  await expect(page.getByTestId('progress')).toHaveText('1 of 1 done')
  // Elsewhere, too.
  await api.createTask({ title: 'Cook', project_id: project.id, due_date: today })
  await expect(todays.getByText('Cook')).toBeVisible()
  await expect(page.getByTestId('progress')).toHaveText('1 of 2 done')
  await page.getByTestId('tile-overdue').click()
  await expect(page).toHaveURL(/\/search\?due=overdue/)
  await expect(taskRow(page, 'Return the books')).toBeVisible()
  await expect(taskRow(page, 'Cook')).toBeHidden()
})

test('long names are truncated with an ellipsis', async ({ page, account, api }) => {
  const project = await api.createProject('Donaudampfschifffahrtsgesellschaftskapitän'.repeat(2))
  const tag = '一个非常非常长的标签名称用来检查省略号'
  await api.createTask({ title: 'Pack', project_id: project.id, tags: [tag] })
  await signIn(page, account, `/projects/${project.id}`)
  const sidebar = page.getByRole('navigation', { name: 'Main navigation' })
  const link = sidebar.getByRole('link', { name: 'Donau' })
  await expectEllipsis(link.locator('.label'), sidebar)
  // The number of open tasks has its place beside the name.
  await expect(link.locator('.count')).toBeInViewport()
  const chip = taskRow(page, 'Pack').locator('.tag')
  await expectEllipsis(chip.locator('.name'), chip)
  expect((await chip.boundingBox())?.width).toBeLessThanOrEqual(161)
  await expect(chip.locator('.name')).toHaveAttribute('title', tag)
  const overflow = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement
    return scrollWidth - clientWidth
  })
  expect(overflow).toBe(0)
})
