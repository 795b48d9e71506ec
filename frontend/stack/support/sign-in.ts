import { expect, type Page } from '@playwright/test'

/** Chromium gives requests up when a container comes or goes (ERR_NETWORK_CHANGED), and one lost module is a page lost. */
export async function openSignIn(page: Page): Promise<void> {
  await expect(async () => {
    await page.goto('/login')
    await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible({ timeout: 15_000 })
  }).toPass({ timeout: 3 * 60_000 })
}
