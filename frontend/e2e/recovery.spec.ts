// What links in mails are for: confirming an address, and a new password for who has forgotten theirs.
import { linkInMail, sendsMail } from './fixtures/mailbox'
import { audit, expect, signIn, test, untilLive } from './fixtures/test'

test.skip(!sendsMail, 'needs the SMTP server that scripts/e2e.sh starts')

test('a link confirms the address, also in a browser where nobody is signed in', async ({
  page,
  account,
  browser,
  baseURL,
}) => {
  await signIn(page, account, '/profile')
  await untilLive(page)
  const notice = page.getByText('This address is not confirmed yet.')
  await expect(notice).toBeVisible()
  await page.getByRole('button', { name: 'Send the mail again' }).click()
  await expect(page.getByText(`A mail to ${account.email} is on its way.`)).toBeVisible()

  const phone = await browser.newContext({ baseURL })
  const other = await phone.newPage()
  const link = await linkInMail(account.email, '/confirm-email')
  await other.goto(link)
  await expect(other.getByText('Your address is confirmed')).toBeVisible()
  await audit(other, 'the confirmed address')
  // Live, where the person is signed in.
  await expect(page.getByText('is on its way')).toBeHidden()
  await other.goto(link)
  await expect(other.getByText('This link is no longer valid')).toBeVisible()
  await phone.close()
})

test('a forgotten password', async ({ page, account, browserOf }) => {
  const elsewhere = await browserOf(account, { path: '/inbox' })
  await untilLive(elsewhere)
  const next = 'eleven grey herons by the weir'

  await test.step('the mail comes, and nobody is told whether there is such an account', async () => {
    await page.goto('/login')
    await page.getByRole('link', { name: 'Forgot your password?' }).click()
    await audit(page, 'the question for the address')
    await page.getByLabel('Email').fill(`nobody-${Date.now()}@example.com`)
    await page.getByRole('button', { name: 'Send the link' }).click()
    await expect(page.getByRole('status').getByText(/^If nobody-/)).toBeVisible()
    await page.getByRole('button', { name: 'Send it again' }).click()
    await page.getByLabel('Email').fill(account.email)
    await page.getByRole('button', { name: 'Send the link' }).click()
    await expect(page.getByText(`If ${account.email} has an account here`)).toBeVisible()
  })

  await test.step('its link takes a new password, once', async () => {
    const link = await linkInMail(account.email, '/reset-password')
    await page.goto(link)
    const field = page.getByLabel('New password', { exact: true })
    const save = page.getByRole('button', { name: 'Save the new password' })
    await audit(page, 'the new password')
    await field.fill('password')
    await save.click()
    await expect(field).toHaveAttribute('aria-invalid', 'true')
    await field.fill(next)
    await save.click()
    await expect(page.getByText('The password is changed')).toBeVisible()
    await expect(elsewhere).toHaveURL(/\/login/)
    await page.goto(link)
    await field.fill(next)
    await save.click()
    await expect(page.getByText('This link is no longer valid')).toBeVisible()
  })

  await signIn(page, { ...account, password: next }, '/inbox')
  await expect(page).toHaveURL(/\/inbox/)
})

test('mails of a kind end by the link at their end, and the profile shows it', async ({
  page,
  newAccount,
  clientOf,
}) => {
  const [ada, lin] = [await newAccount({ name: 'Ada' }), await newAccount({ name: 'Lin' })]
  const api = await clientOf(ada)
  const project = await api.createProject('Moving house')
  await page.goto(await linkInMail(lin.email, '/confirm-email'))
  await expect(page.getByText('Your address is confirmed')).toBeVisible()
  await api.addMember(project.id, lin.email, 'editor')
  await api.createTask({ title: 'Call the landlord', project_id: project.id, assignee_id: lin.id })

  await test.step('the link asks first', async () => {
    await page.goto(await linkInMail(lin.email, '/unsubscribe'))
    await expect(
      page.getByText(/no more mails of the kind “(Assigned to you|Added to a project)”/),
    ).toBeVisible()
    await audit(page, 'unsubscribing')
    await page.getByRole('button', { name: 'No more mails of this kind' }).click()
    await expect(page.getByText('You are unsubscribed')).toBeVisible()
  })

  await test.step('the settings have it, and keep what is chosen', async () => {
    await signIn(page, lin, '/profile')
    const settings = page.getByRole('region', { name: 'Notifications' })
    const mails = settings.getByRole('checkbox', { name: /(Assigned to you|Added to a project): Mail/ })
    await expect(mails).toHaveCount(2)
    await expect
      .poll(
        async () =>
          (await mails.evaluateAll((all) => all.filter((one) => (one as HTMLInputElement).checked))).length,
      )
      .toBe(1)
    await settings.getByRole('checkbox', { name: 'Quiet hours' }).check()
    await settings.getByLabel('until').fill('06:30')
    await page.waitForLoadState('networkidle')
    await page.reload()
    await expect(settings.getByLabel('until')).toHaveValue('06:30')
    await audit(page, 'the notification settings')
  })

  await test.step('who watches a task hears of it', async () => {
    const other = await api.createTask({ title: 'Buy boxes', project_id: project.id })
    await page.goto(`/projects/${project.id}?task=${other.id}`)
    await page.getByRole('button', { name: 'Watch this task' }).click()
    await expect(page.getByRole('button', { name: 'Watch this task' })).toHaveAttribute(
      'aria-pressed',
      'true',
    )
    await page.waitForLoadState('networkidle')
    await page.goto('/notifications')
    await untilLive(page)
    await api.updateTask(other.id, { due_date: '2030-05-01' })
    await expect(page.getByRole('main')).toContainText(/Ada moved Buy boxes from no date to 1 May 2030/)
  })
})
