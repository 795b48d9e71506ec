// A project's owner registers a URL, and sees what it was sent and answered.
import { allowsReceivers, isSigned, Receiver } from './fixtures/receiver'
import { audit, expect, signIn, test } from './fixtures/test'

test.skip(!allowsReceivers, 'needs a server that may send to this machine: scripts/with-server.sh starts one')

test('a webhook is registered and tested, receives events and logs answers', async ({
  page,
  account,
  api,
}) => {
  const receiver = await Receiver.start()
  const project = await api.createProject('Moving house')
  await signIn(page, account, `/projects/${project.id}`)
  const entries = page.getByRole('list', { name: 'Delivery log' }).getByRole('listitem')
  let secret = ''

  await test.step('registration shows the secret once', async () => {
    await page.getByRole('button', { name: 'Project menu' }).click()
    await page.getByRole('menuitem', { name: 'Webhooks' }).click()
    await expect(page.getByText('No webhooks yet')).toBeVisible()
    await audit(page, 'no webhooks')
    await page.getByRole('button', { name: 'Add webhook' }).click()
    const dialog = page.getByRole('dialog', { name: 'Add webhook' })
    await dialog.getByLabel('URL').fill('https://10.1.2.3/')
    await dialog.getByRole('radio', { name: 'Only these' }).check()
    await dialog.getByRole('checkbox', { name: 'Task created' }).check()
    await audit(page, 'a new webhook')
    await dialog.getByRole('button', { name: 'Add webhook' }).click()
    await expect(dialog.getByText('an address that is not public')).toBeVisible()
    await dialog.getByLabel('URL').fill(receiver.url)
    await dialog.getByRole('button', { name: 'Add webhook' }).click()
    const told = page.getByRole('dialog', { name: 'Webhook secret' })
    secret = await told.getByLabel('Secret', { exact: true }).inputValue()
    await audit(page, 'the secret')
    await told.getByRole('button', { name: 'I have saved it' }).click()
    await page.getByRole('link', { name: receiver.url }).click()
    await expect(page.getByText('Nothing has been sent yet')).toBeVisible()
  })

  await test.step('a signed test event arrives', async () => {
    await page.getByRole('button', { name: 'Send test event' }).click()
    await expect(entries.filter({ hasText: 'Test event' })).toContainText('Delivered')
    const [received] = receiver.received
    expect(received && isSigned(received, secret)).toBe(true)
    await entries.getByRole('button', { name: /Test event/ }).click()
    await expect(entries.getByText('thanks')).toBeVisible()
    await audit(page, 'the log of a webhook')
  })

  await test.step('a refused event is resent', async () => {
    receiver.status = 410
    await api.createTask({ title: 'Call the landlord', project_id: project.id })
    await page.getByRole('button', { name: 'Refresh' }).click()
    const entry = entries.filter({ hasText: 'Task created' })
    await expect(entry).toContainText('Given up')
    // 410 is for good: the server has switched it off.
    await expect(page.getByText('the receiver answered that it is permanently gone')).toBeVisible()
    receiver.status = 200
    await page.getByRole('button', { name: 'Switch it on' }).click()
    await entry.getByRole('button', { name: /Task created/ }).click()
    await expect(entry).toContainText('Call the landlord')
    await entry.getByRole('button', { name: 'Send again' }).click()
    await expect(entry).toContainText('Delivered')
    const ids = receiver.received.slice(1).map(({ headers }) => headers['webhook-id'])
    expect(ids).toHaveLength(2)
    expect(ids[0]).toBe(ids[1])
  })

  await test.step('delete', async () => {
    // From the top of the page: a menu closes when what lies under it scrolls, as it does for a button out of sight.
    await page.goto(page.url())
    await page.getByRole('button', { name: 'Webhook menu' }).click()
    await page.getByRole('menuitem', { name: 'Delete webhook' }).click()
    await page.getByRole('button', { name: 'Delete webhook' }).click()
    await expect(page.getByText('No webhooks yet')).toBeVisible()
  })
  await receiver.stop()
})
