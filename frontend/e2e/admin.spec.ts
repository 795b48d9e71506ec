import { promote } from './fixtures/administrator'
import { sendsMail } from './fixtures/mailbox'
import { audit, expect, signIn, test } from './fixtures/test'

test('an administrator sees problems of the installation and their fixes', async ({ page, account }) => {
  await promote(account)
  await signIn(page, account)
  await page.getByRole('button', { name: 'Account of Ada Tester' }).click()
  await page.getByRole('menuitem', { name: 'Administration' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Administration' })).toBeVisible()

  const results = page.getByRole('list', { name: 'Results' })
  const check = (name: string) =>
    results.getByRole('listitem').filter({ has: page.getByRole('heading', { name, exact: true }) })
  await expect(check('Live connection')).toContainText('OK')
  await expect(check('Database')).toContainText('PostgreSQL')
  await expect(check('Clock of this device')).toContainText('OK')
  // Nothing makes backups of the server of these journeys.
  await expect(check('Backups')).toContainText('Warning')
  await expect(check('Backups')).toContainText('What to do')
  await expect(page.getByRole('status').filter({ hasText: 'Checked at' })).toContainText(/warning/)
  await audit(page, 'system check')

  const again = page.waitForResponse(/\/admin\/doctor$/)
  await page.getByRole('button', { name: 'Check again' }).click()
  expect((await again).status()).toBe(200)
  await expect(check('Live connection')).toContainText('OK')
})

test('a proxy that blocks the live connection is detected', async ({ account, network, browserOf }) => {
  await promote(account)
  network.refuseLive()
  const page = await browserOf(account, { path: '/admin', baseURL: network.url })
  const first = page.getByRole('list', { name: 'Results' }).getByRole('listitem').first()
  await expect(first).toContainText('Live connection')
  await expect(first).toContainText('proxy_set_header Upgrade $http_upgrade')
})

test('refused mail is listed and can be retried', async ({ page, account }) => {
  test.skip(!sendsMail, 'needs the SMTP server that scripts/with-server.sh starts')
  await promote(account)
  const email = `refused-${Date.now()}@example.com`
  const registration = { email, password: account.password, name: 'Refused' }
  expect((await page.request.post('/api/v1/auth/register', { data: registration })).status()).toBe(202)
  await signIn(page, account, '/admin')
  await page.getByRole('link', { name: 'Deliveries' }).click()
  await expect(page.getByRole('radio', { name: 'Given up' })).toBeChecked()
  const theirs = page.getByRole('listitem').filter({ hasText: email })
  await expect(async () => {
    await page.getByRole('button', { name: 'Refresh' }).click()
    await expect(theirs).toContainText('The other side refused it permanently.', { timeout: 1_000 })
  }).toPass()
  await expect(theirs).toContainText('Registration')
  await audit(page, 'deliveries')
  await theirs.getByRole('button', { name: `Try again: ${email}` }).click()
  await expect(theirs).toContainText('Waiting')
  // Refused again: it comes back.
  await expect(async () => {
    await page.getByRole('button', { name: 'Refresh' }).click()
    await expect(theirs).toContainText('Given up', { timeout: 1_000 })
  }).toPass()
  await page.getByRole('button', { name: 'Kind: All kinds' }).click()
  await page.getByRole('menuitemradio', { name: 'Overdue' }).click()
  await expect(page).toHaveURL(/kind=task\.overdue/)
  await expect(theirs).toHaveCount(0)
})

// Nothing is sent: everybody in the other journeys would get it.
test('an announcement is written, previewed and confirmed', async ({ page, account }) => {
  await promote(account)
  await signIn(page, account, '/admin/announcements')
  const english = page.getByRole('group', { name: 'English' })
  await english.getByLabel('Title').fill('Maintenance')
  await english.getByLabel('Text').fill('Tonight at ten.')
  await expect(page.getByText('People who use 简体中文 get it in English.')).toBeVisible()
  await audit(page, 'writing an announcement')
  await page.getByRole('button', { name: 'Send…' }).click()
  const dialog = page.getByRole('dialog', { name: 'Send this to everyone?' })
  await expect(dialog).toContainText('Tonight at ten.')
  await audit(page, 'asking before an announcement')
  await dialog.getByRole('button', { name: 'Cancel' }).click()
  await expect(english.getByLabel('Title')).toHaveValue('Maintenance')
})

test.describe('dark theme', () => {
  test.use({ colorScheme: 'dark', contextOptions: { reducedMotion: 'reduce' } })

  test('the check is accessible, also in Chinese', async ({ page, newAccount }) => {
    const account = await newAccount({ language: 'zh-CN' })
    await promote(account)
    await signIn(page, account, '/admin')
    await expect(page.getByRole('heading', { name: '系统检查' })).toBeVisible()
    await expect(page.getByRole('list', { name: '结果' }).getByRole('listitem').first()).toBeVisible()
    await audit(page, 'system check in Chinese')
  })
})

test('other users do not see the page', async ({ page, account }) => {
  await signIn(page, account, '/admin')
  await expect(page.getByRole('heading', { name: 'Page not found' })).toBeVisible()
  await page.getByRole('button', { name: 'Account of Ada Tester' }).click()
  await expect(page.getByRole('menuitem', { name: 'Profile' })).toBeVisible()
  await expect(page.getByRole('menuitem', { name: 'Administration' })).toHaveCount(0)
})
