// Taking one's data along, and the end of an account: what becomes of a shared project, and keeping the account after all.
import { audit, expect, signIn, test, untilLive } from './fixtures/test'

test('export all data in one file', async ({ page, account }) => {
  await signIn(page, account, '/profile')
  const section = page.getByRole('region', { name: 'My data' })
  await section.getByRole('button', { name: 'Export my data' }).click()
  const button = section.getByRole('button', { name: /^Download \(/ })
  await expect(button).toBeVisible({ timeout: 20_000 })
  await expect(page.getByText('Your data is ready to download until').first()).toBeVisible()
  const [download] = await Promise.all([page.waitForEvent('download'), button.click()])
  expect(download.suggestedFilename()).toBe('todo-data.zip')
  await audit(page, 'the profile with an export')
})

test('account deletion is requested and cancelled', async ({ page, account, api, newAccount, browserOf }) => {
  const heir = await newAccount({ name: 'Lin' })
  const project = await api.createProject('Leaving')
  await api.addMember(project.id, heir, 'editor')
  const lin = await browserOf(heir, { path: '/notifications' })
  await untilLive(lin)

  await test.step('it asks for the fate of the shared project and the password', async () => {
    await signIn(page, account, '/profile')
    await page.getByRole('button', { name: 'Delete my account…' }).click()
    const dialog = page.getByRole('dialog', { name: 'Delete my account' })
    await expect(dialog.getByText('For 14 days')).toBeVisible()
    await audit(page, 'the question before an account is deleted')
    const go = dialog.getByRole('button', { name: 'Delete my account' })
    const password = dialog.getByLabel('Current password')
    await password.fill('not my password')
    await expect(go).toBeDisabled()
    await dialog.getByLabel('What should happen to “Leaving”?').selectOption({ index: 1 })
    await go.click()
    await expect(dialog.getByText('This is not your password.')).toBeVisible()
    await password.fill(account.password)
    await go.click()
    await expect(page).toHaveURL(/\/login/)
  })

  await test.step('the heir is notified', async () => {
    await expect(lin.getByText('unless you decline').first()).toBeVisible()
    await lin.goto(`/projects/${project.id}`)
    await expect(lin.getByRole('button', { name: 'Become the owner' })).toBeVisible()
  })

  await test.step('signing in offers to keep the account', async () => {
    await page.getByLabel('Email').fill(account.email)
    await page.getByLabel('Password', { exact: true }).fill(account.password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await expect(page.getByText('This account will be deleted on')).toBeVisible()
    await audit(page, 'an account that is to be deleted')
    await page.getByRole('button', { name: 'Keep my account' }).click()
    await expect(page).not.toHaveURL(/\/login/)
    await expect(lin.getByRole('button', { name: 'Become the owner' })).toBeHidden()
  })
})
