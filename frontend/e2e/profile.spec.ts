import { expect, expectUnseen, signIn, test, untilLive } from './fixtures/test'

test('the language chosen in the profile is applied and kept', async ({ page, account }) => {
  await signIn(page, account, '/profile')
  await expectUnseen(page.getByRole('group', { name: 'Appearance' }).getByRole('radio'))
  await page.getByRole('combobox', { name: 'Language' }).selectOption('zh-CN')
  await expect(page.getByRole('heading', { level: 1, name: '个人资料' })).toBeVisible()
  await expect(page.locator('html')).toHaveAttribute('lang', 'zh-CN')
  await expect(page.getByText('已保存。')).toBeVisible()
  await page.reload()
  await expect(page.getByRole('heading', { level: 1, name: '个人资料' })).toBeVisible()
  await expect(page.getByRole('combobox', { name: '语言' })).toHaveValue('zh-CN')
})

test('an unknown time zone is refused at the field', async ({ page, account }) => {
  await signIn(page, account, '/profile')
  const zone = page.getByLabel('Time zone')
  await zone.fill('Europe/Nowhere')
  await zone.press('Enter')
  await expect(zone).toHaveAttribute('aria-invalid', 'true')
  await zone.fill('Asia/Shanghai')
  // Saved by leaving the field.
  await zone.press('Tab')
  await expect(page.getByText('Saved.')).toBeVisible()
  await page.reload()
  await expect(page.getByLabel('Time zone')).toHaveValue('Asia/Shanghai')
})

test('ending a session redirects that browser to the sign-in page', async ({ page, account, browserOf }) => {
  const other = await browserOf(account, { path: '/inbox' })
  await untilLive(other)
  await signIn(page, account, '/profile')
  const devices = page.getByRole('region', { name: 'Devices' })
  await expect(devices.getByText('This device')).toBeVisible()
  // The sign-up over the API is a session too.
  await expect(devices.getByRole('listitem')).toHaveCount(3)
  await devices.getByRole('button', { name: 'Sign out everywhere else' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Sign out everywhere else' }).click()
  await expect(devices.getByRole('listitem')).toHaveCount(1)

  await expect(other).toHaveURL(/\/login/)
  await expect(other.getByText('You have been signed out')).toBeVisible()
  // Signed in again, one is where one was.
  await other.locator('input[name=email]').fill(account.email)
  await other.locator('input[name=password]').fill(account.password)
  await other.getByRole('button', { name: 'Sign in' }).click()
  await expect(other).toHaveURL(/\/inbox/)
  // And the first browser sees the new device by itself.
  await expect(devices.getByRole('listitem')).toHaveCount(2)
})

test('a new password', async ({ page, account, browserOf }) => {
  const other = await browserOf(account)
  await untilLive(other)
  await signIn(page, account, '/profile')
  const current = page.getByLabel('Current password')
  const next = page.getByLabel('New password')
  const change = page.getByRole('button', { name: 'Change password' })
  await current.fill('not my password at all')
  await next.fill('seven quiet lanterns by the river')
  await change.click()
  await expect(page.getByText('This is not your password.')).toBeVisible()
  await expect(current).toHaveAttribute('aria-invalid', 'true')

  await current.fill(account.password)
  await change.click()
  await expect(page.getByText('Your password has been changed.')).toBeVisible()
  await expect(current).toHaveValue('')
  await expect(other).toHaveURL(/\/login/)
  await page.reload()
  await expect(page.getByRole('heading', { level: 1, name: 'Profile' })).toBeVisible()
  await signIn(other, { ...account, password: 'seven quiet lanterns by the river' })
})
