// The server may refuse what the screen has already shown. These browsers get no live events, so they cannot know.
import { audit, checkbox, expect, test } from './fixtures/test'

test('a change that the role no longer allows is reverted with a message', async ({
  newAccount,
  clientOf,
  browserOf,
  network,
}) => {
  const [ada, lin] = [await newAccount({ name: 'Ada' }), await newAccount({ name: '林晓' })]
  const api = await clientOf(ada)
  const project = await api.createProject('Budget')
  await api.addMember(project.id, lin, 'editor')
  await api.createTask({ title: 'Sum it up', project_id: project.id })
  network.refuseLive()
  const page = await browserOf(lin, { path: `/projects/${project.id}`, baseURL: network.url })
  await expect(checkbox(page, 'Sum it up')).toBeEnabled()
  await expect(checkbox(page, 'Sum it up').locator('.ring')).toHaveCSS('border-style', 'solid')

  await api.changeRole(project.id, lin.id, 'viewer')
  await checkbox(page, 'Sum it up').click()
  await expect(page.getByText('You can view this project, but not change it.')).toBeVisible()
  await expect(checkbox(page, 'Sum it up')).toHaveAttribute('aria-checked', 'false')
  await page.reload()
  // A viewer's box does not look like one to tick.
  await expect(checkbox(page, 'Sum it up')).toBeDisabled()
  await expect(checkbox(page, 'Sum it up').locator('.ring')).toHaveCSS('border-style', 'dashed')
  expect((await api.tasks(project.id)).map(({ status }) => status)).toEqual(['todo'])
})

test('a change of a deleted task is reverted with a message', async ({
  account,
  api,
  browserOf,
  network,
}) => {
  const project = await api.createProject('Errands')
  const task = await api.createTask({ title: 'Post the letter', project_id: project.id })
  network.refuseLive()
  const page = await browserOf(account, { path: `/projects/${project.id}`, baseURL: network.url })
  await expect(checkbox(page, 'Post the letter')).toBeEnabled()

  await api.deleteTask(task.id)
  await checkbox(page, 'Post the letter').click()
  await expect(
    page.getByText('This task no longer exists, or you no longer have access to it.'),
  ).toBeVisible()
  await page.reload()
  await expect(page.getByRole('heading', { level: 1, name: 'Errands' })).toBeVisible()
  await expect(checkbox(page, 'Post the letter')).toBeHidden()
})

test('typed text survives being offline', async ({ account, api, browserOf, network }) => {
  const project = await api.createProject('Letters')
  const page = await browserOf(account, { path: `/projects/${project.id}`, baseURL: network.url })
  const field = page.getByRole('textbox', { name: 'Add a task' })
  await expect(page.getByText('All clear')).toBeVisible()
  await page.waitForLoadState('networkidle')
  network.cut()
  await field.fill('Write to grandmother')
  await field.press('Enter')
  await expect(page.locator('.toast')).toContainText('No connection to the server.')
  await expect(field).toHaveValue('Write to grandmother')
  network.restore()
  await field.press('Enter')
  await expect(checkbox(page, 'Write to grandmother')).toBeVisible()
  // Shown at once; the server has it a moment later.
  await expect.poll(() => api.tasks(project.id)).toHaveLength(1)
})

test('a page that failed to load recovers when the network is back', async ({
  account,
  api,
  browserOf,
  network,
}) => {
  const project = await api.createProject('Recipes')
  await api.createTask({ title: 'Soup', project_id: project.id })
  const page = await browserOf(account, { path: '/inbox', baseURL: network.url })
  await expect(page.getByText('All clear')).toBeVisible()
  network.cut()
  await page.getByRole('navigation', { name: 'Main navigation' }).getByText('Recipes').click()
  await expect(page.getByRole('main').getByText('No connection to the server.')).toBeVisible()
  network.restore()
  await expect(checkbox(page, 'Soup')).toBeVisible({ timeout: 30_000 })
})

test('opening the page while the server is down keeps the session', async ({ account, browserOf }) => {
  const page = await browserOf(account, { path: '/trash' })
  await expect(page.getByRole('heading', { level: 1, name: 'Trash' })).toBeVisible()
  const refresh = '**/api/v1/auth/refresh'
  await page.route(refresh, (route) => route.fulfill({ status: 503, contentType: 'text/html', body: 'no' }))
  await page.reload()
  await expect(page.getByRole('heading', { level: 1, name: 'The server does not answer' })).toBeVisible()
  await expect(page.getByRole('status')).toContainText('You stay signed in')
  await audit(page, 'the page that waits for the server')
  await page.unroute(refresh)
  await expect(page.getByRole('heading', { level: 1, name: 'Trash' })).toBeVisible()
})
