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
