import type { Page } from '@playwright/test'
import { audit, expect, signIn, test } from './fixtures/test'

for (const theme of ['light', 'dark'] as const) {
  test(`every page is accessible, ${theme}`, async ({ page, account, api }) => {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' })
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

    await page.goto('/login')
    await expect(page.getByLabel('Email')).toBeVisible()
    await audit(page, 'login')
    await signIn(page, account)
    await expect(page.getByTestId('progress')).toBeVisible()
    await expect(page.getByRole('link', { name: 'Look at the colours' })).toBeVisible()
    await audit(page, 'dashboard')

    const show = async (path: string, ready: (page: Page) => Promise<void>, what: string): Promise<void> => {
      await page.goto(path)
      await ready(page)
      await audit(page, what)
    }
    const card = page.getByRole('main').getByRole('link', { name: 'Look at the colours' })
    const path = `/projects/${project.id}`
    await show(path, () => expect(card).toBeVisible(), 'list')
    await page.getByRole('radio', { name: 'Board' }).click()
    await expect(page.locator('[data-drop-zone=done]')).toContainText('Done already')
    await audit(page, 'board')
    const panel = page.getByRole('dialog', { name: 'Task details' })
    await show(
      `${path}?task=${task.id}`,
      () => expect(panel.getByRole('textbox', { name: 'Title' })).toBeVisible(),
      'panel',
    )
    await show('/profile', () => expect(page.getByText('This device')).toBeVisible(), 'profile')
    await page.getByRole('button', { name: /^Notifications/ }).click()
    await expect(page.getByText('You are all caught up')).toBeVisible()
    await audit(page, 'notifications')
  })
}
