// What others do reaches a person on every device, and is read on all of them at once.
import { audit, expect, test, untilLive } from './fixtures/test'

test('notifications appear, are kept, and are read on every device', async ({
  newAccount,
  clientOf,
  browserOf,
}) => {
  const ada = await newAccount({ name: 'Ada' })
  const lin = await newAccount({ name: '林晓' })
  const api = await clientOf(ada)
  const project = await api.createProject('Moving house')
  await api.addMember(project.id, lin, 'editor')
  const laptop = await browserOf(lin, { path: '/inbox' })
  const tablet = await browserOf(lin, { path: '/notifications' })
  await untilLive(laptop)
  await untilLive(tablet)
  const toasts = laptop.getByRole('region', { name: 'New notifications' })

  await test.step('a toast appears except where the list is shown', async () => {
    await api.createTask({ title: 'Call the landlord', project_id: project.id, assignee_id: lin.id })
    await expect(toasts).toContainText('Ada assigned Call the landlord to you')
    await expect(laptop).toHaveTitle(/^\(2\) Inbox/)
    await expect(tablet.getByRole('main').getByRole('listitem')).toHaveCount(2)
    await expect(tablet.getByRole('region', { name: 'New notifications' })).toBeHidden()
    // It stays while the pointer is on it.
    await toasts.hover()
    await audit(laptop, 'a toast')
    await audit(tablet, 'the centre')
  })

  await test.step('opening the toast marks it read on the other device', async () => {
    await toasts.getByRole('button', { name: /Call the landlord/ }).click()
    await expect(laptop.getByRole('dialog', { name: 'Task details' })).toBeVisible()
    await expect(tablet.getByRole('button', { name: 'Notifications, 1 unread' })).toBeVisible()
  })

  await test.step('filter by kind and unread with the keyboard', async () => {
    await tablet.getByRole('button', { name: 'Kind: All kinds' }).press('Enter')
    await tablet.getByRole('menuitemradio', { name: 'Invitation to a project' }).press('Enter')
    await expect(tablet.getByRole('main').getByRole('listitem')).toHaveCount(1)
    await expect(tablet).toHaveURL(/kind=project\.invited/)
    await tablet.getByRole('radio', { name: 'Unread' }).click()
    await tablet.getByRole('button', { name: /^Mark as read: Ada invites you/ }).press('Enter')
    await expect(tablet.getByText('No notification matches')).toBeVisible()
    await expect(laptop).toHaveTitle(/^(?!\()/)
    await expect(laptop.getByRole('button', { name: 'Notifications, none unread' })).toBeVisible()
  })
})
