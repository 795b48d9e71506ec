import { audit, expect, signIn, test } from './fixtures/test'

for (const theme of ['light', 'dark'] as const) {
  test.describe(`in the ${theme} theme`, () => {
    test.use({ colorScheme: theme, contextOptions: { reducedMotion: 'reduce' } })

    test('the pages of a person are accessible', async ({ page, account, api }) => {
      const project = await api.createProject('Accessible')
      await api.createTask({ title: 'Look at it', project_id: project.id, due_date: '2020-01-01' })
      await page.goto('/login')
      await expect(page.getByLabel('Email')).toBeVisible()
      await audit(page, 'login')
      await signIn(page, account)
      await expect(page.getByTestId('progress')).toBeVisible()
      await expect(page.getByRole('link', { name: 'Look at it' })).toBeVisible()
      await audit(page, 'dashboard')
      await page.getByRole('button', { name: /^Notifications/ }).click()
      await expect(page.getByText('You are all caught up')).toBeVisible()
      await audit(page, 'notifications')
      await page.goto('/profile')
      await expect(page.getByText('This device')).toBeVisible()
      await audit(page, 'profile')
    })

    test('a project and its tasks are accessible', async ({ page, account, api }) => {
      const project = await api.createProject('Accessible')
      const task = await api.createTask({
        title: 'Look at the colours',
        project_id: project.id,
        description: 'With **bold** and a [link](https://example.com)',
        priority: 'urgent',
        tags: ['design'],
        due_date: '2020-01-01',
      })
      await api.createTask({ title: 'Done already', project_id: project.id, status: 'done' })
      const path = `/projects/${project.id}`
      await signIn(page, account, path)
      await expect(page.getByRole('main').getByRole('link', { name: 'Look at the colours' })).toBeVisible()
      await audit(page, 'list')
      await page.getByRole('radio', { name: 'Board' }).click()
      await expect(page.locator('[data-drop-zone=done]')).toContainText('Done already')
      await audit(page, 'board')
      await page.goto(`${path}?task=${task.id}`)
      await expect(
        page.getByRole('dialog', { name: 'Task details' }).getByRole('textbox', { name: 'Title' }),
      ).toBeVisible()
      await audit(page, 'panel')
    })
  })
}
