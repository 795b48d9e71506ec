// Somebody without an account is invited into a project, and comes.
import { linkInMail, sendsMail } from './fixtures/mailbox'
import { audit, expect, signIn, test, untilLive } from './fixtures/test'

test.skip(!sendsMail, 'needs the SMTP server that scripts/with-server.sh starts')

test('invite by mail, register and join', async ({ page, account, api, browser, baseURL }) => {
  const stranger = `invited-${Date.now()}@example.com`
  const project = await api.createProject('Moving house')
  await signIn(page, account, `/projects/${project.id}`)
  await untilLive(page)
  const dialog = page.getByRole('dialog', { name: 'Share' })

  await test.step('any address can be invited', async () => {
    await page.getByRole('button', { name: 'Share' }).click()
    await dialog.getByLabel('Invite somebody by email').fill(stranger)
    await dialog.getByLabel('Role', { exact: true }).selectOption('viewer')
    await dialog.getByRole('button', { name: 'Invite', exact: true }).click()
    await expect(
      dialog.getByText(`${stranger} has been invited and becomes a member by accepting.`),
    ).toBeVisible()
    const pending = dialog.getByRole('list', { name: 'Invited' })
    await expect(pending.getByText(stranger)).toBeVisible()
    await expect(pending.getByText(/^Can view · valid until/)).toBeVisible()
    await audit(page, 'the members and who is invited')
  })

  const theirs = await browser.newContext({ baseURL, locale: 'en-GB' })
  const guest = await theirs.newPage()
  const link = await linkInMail(stranger, '/invitations/accept')

  await test.step('the link leads to registration and back', async () => {
    await guest.goto(link)
    await expect(guest.getByText(`${account.name} invites you to`)).toBeVisible()
    await expect(guest.getByText('Moving house')).toBeVisible()
    await audit(guest, 'the invitation')
    await guest.getByRole('link', { name: 'Create an account and join' }).click()
    await expect(guest.getByLabel('Email')).toHaveValue(stranger)
    await guest.getByLabel('Name').fill('Bo')
    await guest.getByLabel('Password', { exact: true }).fill('seven quiet otters upstream')
    await guest.getByRole('button', { name: 'Create account' }).click()
    await guest.getByRole('button', { name: 'Join the project' }).click()
    await expect(guest).toHaveURL(new RegExp(`/projects/${project.id}`))
    await expect(guest.getByRole('heading', { level: 1, name: 'Moving house' })).toBeVisible()
    await expect(guest.getByText('You can view everything here')).toBeVisible()
  })

  await test.step('the inviter sees it immediately', async () => {
    await expect(dialog.getByRole('list', { name: 'Members' }).getByText(stranger)).toBeVisible()
    await expect(dialog.getByRole('list', { name: 'Invited' })).toBeHidden()
  })

  await test.step('the used link leads its user to the project', async () => {
    await guest.goto(link)
    await expect(guest).toHaveURL(new RegExp(`/projects/${project.id}`))
    await page.goto(link)
    await expect(page.getByText('This link is no longer valid')).toBeVisible()
    await audit(page, 'an invitation that is used up')
  })
  await theirs.close()
})

test('a revoked invitation is invalid', async ({ page, account, api }) => {
  const stranger = `invited-${Date.now()}-back@example.com`
  const project = await api.createProject('Moving house')
  await api.invite(project.id, stranger, 'editor')
  const link = await linkInMail(stranger, '/invitations/accept')
  await signIn(page, account, `/projects/${project.id}`)
  await page.getByRole('button', { name: 'Share' }).click()
  await page.getByRole('button', { name: `Actions for the invitation for ${stranger}` }).click()
  await page.getByRole('menuitem', { name: 'Revoke' }).click()
  await page.getByRole('button', { name: 'Revoke' }).click()
  await expect(page.getByText(`The invitation for ${stranger} has been revoked.`)).toBeVisible()
  await page.goto(link)
  await expect(page.getByText('Ask the person who invited you for a new one.')).toBeVisible()
})

test('an account holder answers in the app and can block the inviter', async ({
  account,
  api,
  newAccount,
  browserOf,
}) => {
  const lin = await newAccount({ name: 'Lin' })
  const page = await browserOf(lin)
  await untilLive(page)
  const house = await api.createProject('Moving house')
  const open = page.getByRole('region', { name: 'Invitations' })
  await api.invite(house.id, lin.email, 'editor')
  await expect(open.getByText(`${account.name} invites you to Moving house as editor.`)).toBeVisible()
  await audit(page, 'an open invitation')
  await open.getByRole('button', { name: 'Accept the invitation to Moving house' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Moving house' })).toBeVisible()

  const noise = await api.createProject('Noise')
  await api.invite(noise.id, lin.email, 'viewer')
  await page.goto('/notifications')
  await open.getByRole('button', { name: 'Decline the invitation to Noise' }).click()
  await open.getByRole('button', { name: `Decline and block ${account.name}` }).click()
  await expect(open).toBeHidden()
  const more = await api.createProject('More noise')
  await api.invite(more.id, lin.email, 'viewer')
  await page.goto('/profile')
  const blocked = page.getByRole('region', { name: 'Blocked people' })
  await expect(blocked).toBeVisible()
  await audit(page, 'who is blocked')
  await blocked.getByRole('button', { name: `Unblock ${account.name}` }).click()
  await expect(blocked).toBeHidden()
  await page.goto('/')
  await expect(open.getByText(/More noise/)).toBeVisible()
})
