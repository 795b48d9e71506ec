// The main journey in Firefox and WebKit (webdriver/), with Playwright's runner and fixtures but Debian's browsers.
import { defineConfig } from '@playwright/test'
import type { Engine } from './webdriver/browser.ts'

export default defineConfig<{ engine: Engine }>({
  testDir: './webdriver',
  workers: 1,
  timeout: 120_000,
  expect: { timeout: 10_000 },
  forbidOnly: Boolean(process.env.CI),
  retries: process.env.CI ? 1 : 0,
  reporter: [['list'], ['./e2e/attempts-reporter.ts']],
  use: { baseURL: process.env.E2E_BASE_URL ?? 'http://localhost:8000' },
  projects: [
    { name: 'firefox', use: { engine: 'firefox' } },
    { name: 'webkit', use: { engine: 'webkit' } },
  ],
})
