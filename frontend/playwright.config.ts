import { defineConfig, devices } from '@playwright/test'

const root = process.getuid?.() === 0

export default defineConfig({
  testDir: './e2e',
  // Every journey has accounts of its own.
  fullyParallel: true,
  workers: 2,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  forbidOnly: Boolean(process.env.CI),
  retries: process.env.CI ? 1 : 0,
  reporter: [
    ['list'],
    ['./e2e/attempts-reporter.ts'],
    ...(process.env.CI ? ([['html', { open: 'never' }]] as const) : []),
  ],
  use: {
    baseURL: process.env.E2E_BASE_URL ?? 'http://localhost:8000',
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    trace: 'retain-on-failure',
    launchOptions: {
      executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
      // Chromium refuses to run sandboxed as root.
      args: root ? ['--no-sandbox'] : [],
    },
  },
  projects: [
    { name: 'desktop', testIgnore: /phone/, use: { ...devices['Desktop Chrome'] } },
    { name: 'phone', testMatch: /phone/, use: { ...devices['Pixel 7'], locale: 'zh-CN' } },
    // Takes the machine for itself: `make bench-page` alone asks for it. What is measured is not watched besides.
    ...(process.env.BENCH_PROFILE
      ? [{ name: 'bench', testDir: './bench', use: { ...devices['Desktop Chrome'], trace: 'off' as const } }]
      : []),
  ],
})
