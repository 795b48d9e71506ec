import { promote } from './fixtures/administrator'
import { audit, expect, signIn, test } from './fixtures/test'

test('an administrator is told what the installation lacks, and what to do', async ({ page, account }) => {
  await promote(account)
  await signIn(page, account)
  await page.getByRole('button', { name: 'Account of Ada Tester' }).click()
  await page.getByRole('menuitem', { name: 'Administration' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Administration' })).toBeVisible()

  const results = page.getByRole('list', { name: 'Results' })
  const check = (name: string) =>
    results.getByRole('listitem').filter({ has: page.getByRole('heading', { name, exact: true }) })
  await expect(check('Live connection')).toContainText('All right')
  await expect(check('Database')).toContainText('PostgreSQL')
  await expect(check('Clock of this device')).toContainText('All right')
  // Nothing makes backups of the server of these journeys.
  await expect(check('Backups')).toContainText('Warning')
  await expect(check('Backups')).toContainText('What to do')
  await expect(page.getByRole('status').filter({ hasText: 'Checked at' })).toContainText(/warning/)
  await audit(page, 'system check')

  const again = page.waitForResponse(/\/admin\/doctor$/)
  await page.getByRole('button', { name: 'Check again' }).click()
  expect((await again).status()).toBe(200)
  await expect(check('Live connection')).toContainText('All right')
})

test('a proxy that keeps the live connection out is found', async ({ account, network, browserOf }) => {
  await promote(account)
  network.refuseLive()
  const page = await browserOf(account, { path: '/admin', baseURL: network.url })
  const first = page.getByRole('list', { name: 'Results' }).getByRole('listitem').first()
  await expect(first).toContainText('Live connection')
  await expect(first).toContainText('proxy_set_header Upgrade $http_upgrade')
})

test.describe('in the dark', () => {
  test.use({ colorScheme: 'dark', contextOptions: { reducedMotion: 'reduce' } })

  test('the check is accessible, in Chinese too', async ({ page, newAccount }) => {
    const account = await newAccount({ language: 'zh-CN' })
    await promote(account)
    await signIn(page, account, '/admin')
    await expect(page.getByRole('heading', { name: '系统检查' })).toBeVisible()
    await expect(page.getByRole('list', { name: '结果' }).getByRole('listitem').first()).toBeVisible()
    await audit(page, 'system check in Chinese')
  })
})

test('for others there is no such page', async ({ page, account }) => {
  await signIn(page, account, '/admin')
  await expect(page.getByRole('heading', { name: 'Page not found' })).toBeVisible()
  await page.getByRole('button', { name: 'Account of Ada Tester' }).click()
  await expect(page.getByRole('menuitem', { name: 'Profile' })).toBeVisible()
  await expect(page.getByRole('menuitem', { name: 'Administration' })).toHaveCount(0)
})
