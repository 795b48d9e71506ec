import { defineConfig, devices } from '@playwright/test'

// `make test-compose`: the whole stack on a real Docker engine. stack/support/stack.ts says how to write a spec.
const root = process.getuid?.() === 0

export default defineConfig({
  testDir: './stack',
  globalSetup: './stack/support/setup.ts',
  globalTeardown: './stack/support/teardown.ts',
  // In the order of their names: the specs share one development stack, then one production stack.
  fullyParallel: false,
  workers: 1,
  // A machine that others use too may be too slow once; what passes the second time is reported as flaky.
  retries: process.env.CI ? 1 : 0,
  timeout: 10 * 60_000,
  expect: { timeout: 20_000 },
  forbidOnly: Boolean(process.env.CI),
  reporter: [['list'], ['./e2e/attempts-reporter.ts']],
  outputDir: './test-results/stack',
  use: {
    ...devices['Desktop Chrome'],
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    trace: 'retain-on-failure',
    actionTimeout: 60_000,
    // The certificate of the first start is a self-signed one.
    ignoreHTTPSErrors: true,
    launchOptions: {
      executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
      // Chromium refuses to run sandboxed as root.
      args: root ? ['--no-sandbox'] : [],
    },
  },
})
