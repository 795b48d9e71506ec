// Reminders are set in a task's panel, follow the task's dates, and arrive live.
import { sendsMail } from './fixtures/mailbox'
import { audit, expect, signIn, test, untilLive } from './fixtures/test'

const DAY = 86_400_000

test('a reminder is set with the keyboard, follows the due date and arrives live', async ({
  page,
  account,
  api,
}) => {
  const project = await api.createProject('Moving house')
  const due_at = new Date(Date.now() + 3 * DAY).toISOString()
  const task = await api.createTask({ title: 'Call the landlord', project_id: project.id, due_at })
  await signIn(page, account, `/projects/${project.id}?task=${task.id}`)
  await untilLive(page)
  const reminders = page.getByRole('group', { name: 'Reminders' })
  const rows = reminders.getByRole('listitem')
  const add = reminders.getByRole('button', { name: 'Add a reminder' })

  await test.step('before the due date, from the menu', async () => {
    await add.press('Enter')
    await page.getByRole('menuitem', { name: '1 day before it is due' }).press('Enter')
    await expect(rows).toHaveCount(1)
    await expect(rows).toContainText('1 day before it is due')
    await expect(add).toBeFocused()
  })

  await test.step('it follows the due date and says when there is none', async () => {
    const before = await rows.textContent()
    await api.updateTask(task.id, { due_at: new Date(Date.now() + 5 * DAY).toISOString() })
    await expect(rows).not.toHaveText(before ?? '')
    await api.updateTask(task.id, { due_at: null })
    await expect(rows).toContainText('The task has no due date, so this reminder is not sent.')
  })

  await test.step('set at a custom time and removed', async () => {
    await add.press('Enter')
    await page.getByRole('menuitem', { name: 'At a custom time…' }).press('Enter')
    await expect(page.getByRole('textbox', { name: 'Day of the reminder' })).toBeFocused()
    await page.getByLabel('Time of the reminder').fill('14:30')
    await audit(page, 'the form of a reminder')
    await page.getByLabel('Time of the reminder').press('Enter')
    await expect(rows.filter({ hasText: 'Tomorrow 14:30' })).toBeVisible()
    await audit(page, 'reminders in the panel')
    await reminders.getByRole('button', { name: 'Remove the reminder: Tomorrow 14:30' }).press('Enter')
    await expect(rows).toHaveCount(1)
  })

  await test.step('a reminder from another device appears and arrives on time', async () => {
    await api.addReminder(task.id, new Date(Date.now() + 4_000))
    await expect(rows).toHaveCount(2)
    const toasts = page.getByRole('region', { name: 'New notifications' })
    await expect(toasts).toContainText('Reminder: Call the landlord', { timeout: 20_000 })
    await expect(page.getByRole('button', { name: 'Notifications, 1 unread' })).toBeVisible()
    await expect(rows.filter({ hasText: /Sent \d/ })).toHaveCount(1)
    await toasts.hover()
    await audit(page, 'a reminder that has come')
  })
})

test('sent mails are listed, and digests can be chosen', async ({ page, account, request }) => {
  test.skip(!sendsMail, 'needs the SMTP server of scripts/with-server.sh')
  await signIn(page, account, '/profile')
  const settings = page.getByRole('region', { name: 'Notifications' })

  await test.step('a daily digest', async () => {
    await settings.getByRole('radio', { name: 'As a daily digest' }).check()
    await settings.getByLabel('At', { exact: true }).fill('18:30')
    await page.keyboard.press('Tab')
    await settings.getByLabel('At', { exact: true }).press('Tab')
    // What the header half covers would count as too small to be hit.
    await page.evaluate(() => window.scrollTo(0, 0))
    await audit(page, 'preferences')
    await page.reload()
    await expect(settings.getByRole('radio', { name: 'As a daily digest' })).toBeChecked()
    await expect(settings.getByLabel('At', { exact: true })).toHaveValue('18:30')
  })

  await test.step('the mail about a new sign-in is listed', async () => {
    const { email, password } = account
    const elsewhere = { headers: { 'User-Agent': 'Elsewhere' }, data: { email, password } }
    expect((await request.post('/api/v1/auth/login', elsewhere)).ok()).toBe(true)
    await settings.getByRole('link', { name: 'Mails sent to you' }).click()
    const mail = page.getByRole('main').getByRole('listitem').filter({ hasText: account.email })
    await expect(async () => {
      await page.getByRole('button', { name: 'Refresh' }).click()
      await expect(mail).toContainText('Sent', { timeout: 1_000 })
    }).toPass({ timeout: 20_000 })
    await audit(page, 'what was sent')
  })
})
