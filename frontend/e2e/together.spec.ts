import { checkbox, expect, taskRow, test, untilLive } from './fixtures/test'

test('two people see each other’s changes, also after being offline', async ({
  newAccount,
  clientOf,
  browserOf,
  network,
}) => {
  const ada = await newAccount({ name: 'Ada' })
  const lin = await newAccount({ name: '林晓' })
  const api = await clientOf(ada)
  const project = await api.createProject('Moving house')
  await api.addMember(project.id, lin, 'editor')
  const kept = await api.createTask({ title: 'Pack the kitchen', project_id: project.id })
  const gone = await api.createTask({ title: 'Buy boxes', project_id: project.id })
  const mine = await api.createTask({
    title: 'Call the landlord',
    project_id: project.id,
    assignee_id: lin.id,
  })

  const path = `/projects/${project.id}`
  const adas = await browserOf(ada, { path })
  const lins = await browserOf(lin, { path, baseURL: network.url })
  await untilLive(adas)
  await untilLive(lins)

  await test.step('each change shows without a reload, both ways', async () => {
    await checkbox(adas, 'Pack the kitchen').click()
    await expect(taskRow(lins, 'Pack the kitchen')).toBeHidden()
    await lins.getByRole('textbox', { name: 'Add a task' }).fill('给搬家公司打电话')
    await lins.keyboard.press('Enter')
    await expect(taskRow(adas, '给搬家公司打电话')).toBeVisible()
  })

  await test.step('a change of status creates a notification', async () => {
    await expect(lins.getByRole('button', { name: 'Notifications, 2 unread' })).toBeVisible()
    await api.updateTask(mine.id, { status: 'in_progress' })
    await lins.getByRole('button', { name: 'Notifications, 3 unread' }).click()
    await expect(lins).toHaveTitle(/^\(3\)/)
    const item = lins.getByRole('dialog', { name: 'Notifications' }).getByRole('button', {
      name: 'Ada changed Call the landlord from To do to In progress',
    })
    await item.click()
    await expect(lins).toHaveURL(new RegExp(`/projects/${project.id}\\?task=${mine.id}`))
    await expect(lins.getByRole('button', { name: 'Notifications, 2 unread' })).toBeVisible()
    await lins.goto(path)
    await expect(taskRow(lins, 'Buy boxes')).toBeVisible()
    await untilLive(lins)
  })

  await test.step('changes made while offline arrive afterwards', async () => {
    network.cut()
    await lins.context().setOffline(true)
    await expect(lins.getByText('Offline. Changes cannot be saved')).toBeVisible()
    await api.updateTask(kept.id, { status: 'todo', title: 'Pack the whole kitchen' })
    await api.deleteTask(gone.id)
    await api.createTask({ title: 'Return the keys', project_id: project.id })
    await api.updateTask(mine.id, { status: 'done' })
    await expect(taskRow(adas, 'Return the keys')).toBeVisible()
    await expect(taskRow(lins, 'Return the keys')).toBeHidden()
    await expect(taskRow(lins, 'Buy boxes')).toBeVisible()

    network.restore()
    await lins.context().setOffline(false)
    await untilLive(lins)
    await expect(taskRow(lins, 'Return the keys')).toBeVisible()
    await expect(taskRow(lins, 'Pack the whole kitchen')).toBeVisible()
    await expect(taskRow(lins, 'Buy boxes')).toBeHidden()
    await expect(taskRow(lins, 'Call the landlord')).toBeHidden()
    await expect(lins.getByRole('button', { name: 'Notifications, 3 unread' })).toBeVisible()
    await expect(lins.getByText('Offline. Changes cannot be saved')).toBeHidden()
  })
})

test('a new member sees the project appear and disappear', async ({ newAccount, clientOf, browserOf }) => {
  const ada = await newAccount({ name: 'Ada' })
  const lin = await newAccount({ name: '林晓' })
  const [api, linApi] = [await clientOf(ada), await clientOf(lin)]
  const project = await api.createProject('Spring release')
  const page = await browserOf(lin)
  await untilLive(page)
  const link = page.getByRole('navigation', { name: 'Main navigation' }).getByRole('link', {
    name: 'Spring release',
  })
  await expect(link).toBeHidden()
  await api.addMember(project.id, lin, 'editor')
  await link.click()
  await api.createTask({ title: 'Write the notes', project_id: project.id })
  await expect(taskRow(page, 'Write the notes')).toBeVisible()
  await linApi.leave(project.id, lin.id)
  await expect(link).toBeHidden()
})
