// What links in mails are for: confirming an address, and a new password for who has forgotten theirs.
import { linkInMail, sendsMail } from './fixtures/mailbox'
import { audit, expect, signIn, test, untilLive } from './fixtures/test'

test.skip(!sendsMail, 'needs the SMTP server that scripts/with-server.sh starts')

test('the mail link creates the account and signs in without revealing accounts', async ({
  page,
  account,
}) => {
  const email = `registers-${Date.now()}@example.com`
  const submit = page.getByRole('button', { name: 'Create account' })

  await test.step('an address with an account gets the same answer', async () => {
    await page.goto('/register')
    await page.getByLabel('Name').fill('Bo')
    await page.getByLabel('Email').fill(account.email)
    await page.getByLabel('Password', { exact: true }).fill('seven quiet otters upstream')
    await submit.click()
    await expect(page.getByText(`We have sent a mail to ${account.email}.`)).toBeVisible()
    await audit(page, 'the mail is on its way')
    expect(await linkInMail(account.email, '/login')).toBeDefined()
  })

  await test.step('the input can be changed and the mail resent', async () => {
    await page.getByRole('button', { name: 'Send it again or change something' }).click()
    await page.getByLabel('Email').fill(email)
    await submit.click()
    await expect(page.getByText(`We have sent a mail to ${email}.`)).toBeVisible()
  })

  await test.step('without the link signing in fails with a hint', async () => {
    await page.goto('/login')
    await page.getByLabel('Email').fill(email)
    await page.getByLabel('Password', { exact: true }).fill('seven quiet otters upstream')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await expect(page.getByRole('alert')).toContainText('follow the link in the mail first')
    await audit(page, 'an address that may not be confirmed')
  })

  await test.step('the link asks for the password of the registration', async () => {
    await page.goto(await linkInMail(email, '/confirm-email'))
    const password = page.getByLabel('Password', { exact: true })
    await password.fill('somebody else’s password')
    await page.getByRole('button', { name: 'Finish registering' }).click()
    await expect(page.getByText('This is not the password chosen')).toBeVisible()
    await audit(page, 'finishing a registration')
    await password.fill('seven quiet otters upstream')
    await page.getByRole('button', { name: 'Finish registering' }).click()
    await expect(page.getByRole('heading', { level: 1, name: /, Bo/ })).toBeVisible()
  })
})

test('an address is changed and restored from the old one', async ({ page, account }) => {
  const next = `moved-${Date.now()}@example.com`
  await signIn(page, account, '/profile')
  await untilLive(page)
  const section = page.getByRole('region', { name: 'Email address' })
  await section.getByLabel('New email').fill(next)
  await section.getByLabel('Your password', { exact: true }).fill(account.password)
  await section.getByRole('button', { name: 'Change address' }).click()
  await expect(section.getByText(`A mail to ${next} is on its way.`)).toBeVisible()
  // Not with buttons half under the header.
  await page.getByRole('heading', { level: 1 }).scrollIntoViewIfNeeded()
  await audit(page, 'the new address is asked')

  const mail = await page.context().newPage()
  await mail.goto(await linkInMail(next, '/confirm-email'))
  await expect(mail.getByText('Your address is confirmed')).toBeVisible()
  // Live, where the person is signed in.
  await expect(page.getByLabel('Email', { exact: true })).toHaveValue(next)

  await mail.goto(await linkInMail(account.email, '/take-back-address'))
  await audit(mail, 'taking the address back')
  await mail.getByRole('button', { name: 'Restore the address' }).click()
  await expect(mail.getByText(`${account.email} is your account's address again`)).toBeVisible()
  await expect(page).toHaveURL(/\/login/)
  await mail.goto(await linkInMail(account.email, '/reset-password'))
  await expect(mail.getByLabel('New password', { exact: true })).toBeVisible()
})

test('a forgotten password', async ({ page, account, browserOf }) => {
  const elsewhere = await browserOf(account, { path: '/inbox' })
  await untilLive(elsewhere)
  const next = 'eleven grey herons by the weir'

  await test.step('the mail arrives without revealing accounts', async () => {
    await page.goto('/login')
    const nobody = `nobody-${Date.now()}@example.com`
    await page.getByLabel('Email').fill(nobody)
    await page.getByRole('link', { name: 'Forgot your password?' }).click()
    await audit(page, 'the question for the address')
    await expect(page.getByLabel('Email')).toHaveValue(nobody)
    await page.getByRole('button', { name: 'Send the link' }).click()
    await expect(page.getByRole('status').getByText(/^If nobody-/)).toBeVisible()
    await page.getByRole('button', { name: 'Send it again' }).click()
    await page.getByLabel('Email').fill(account.email)
    await page.getByRole('button', { name: 'Send the link' }).click()
    await expect(page.getByText(`If ${account.email} has an account here`)).toBeVisible()
  })

  await test.step('its link sets a new password once', async () => {
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
    await expect(page.getByText('Your password has been changed')).toBeVisible()
    await expect(page.getByRole('heading', { level: 1, name: /, Ada/ })).toBeVisible()
    await expect(elsewhere).toHaveURL(/\/login/)
    await page.goto(link)
    // The same password again would be a lost answer that is asked for once more.
    await field.fill(`${next} again`)
    await save.click()
    await expect(page.getByText('This link is no longer valid')).toBeVisible()
  })

  await page.goto('/inbox')
  await expect(page.getByRole('heading', { level: 1, name: 'Inbox' })).toBeVisible()
})

test('the unsubscribe link works and shows in the profile', async ({ page, newAccount, clientOf }) => {
  const [ada, lin] = [await newAccount({ name: 'Ada' }), await newAccount({ name: 'Lin' })]
  const api = await clientOf(ada)
  const project = await api.createProject('Moving house')
  await api.addMember(project.id, lin, 'editor')
  await api.createTask({ title: 'Call the landlord', project_id: project.id, assignee_id: lin.id })

  await test.step('the link asks for confirmation', async () => {
    await page.goto(await linkInMail(lin.email, '/unsubscribe'))
    await expect(
      page.getByText(/Unsubscribe from mails of the kind “(Assigned to you|Invitation to a project)”/),
    ).toBeVisible()
    await audit(page, 'unsubscribing')
    await page.getByRole('button', { name: 'Unsubscribe' }).click()
    await expect(page.getByText('You have unsubscribed')).toBeVisible()
  })

  await test.step('the settings show and keep the choice', async () => {
    await signIn(page, lin, '/profile')
    const settings = page.getByRole('region', { name: 'Notifications' })
    const mails = settings.getByRole('checkbox', { name: /(Assigned to you|Invitation to a project): Mail/ })
    await expect(mails).toHaveCount(2)
    await expect
      .poll(
        async () =>
          (await mails.evaluateAll((all) => all.filter((one) => (one as HTMLInputElement).checked))).length,
      )
      .toBe(1)
    await settings.getByRole('checkbox', { name: 'Quiet hours' }).check()
    await settings.getByLabel('until').fill('06:30')
    await page.keyboard.press('Tab')
    await page.waitForLoadState('networkidle')
    await page.reload()
    await expect(settings.getByLabel('until')).toHaveValue('6:30')
    await audit(page, 'the notification settings')
  })

  await test.step('watchers are notified', async () => {
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
