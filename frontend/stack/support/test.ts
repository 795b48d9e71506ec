// What specs import: the journeys' fixtures (accounts, their API, browsers), aimed at a stack.
//
//   test.use({ stackKind: 'prod' })     // of the whole file; 'dev' without it
//
// Fixtures that need an address (page, api, account, browserOf, …) start that stack; `stack` is the stack itself.
import { test as journey } from '../../e2e/fixtures/test'
import { devStack, prodStack, type Kind, type Stack } from './stack'

interface StackFixtures {
  stackKind: Kind
  stack: Stack
}

export const test = journey.extend<StackFixtures>({
  stackKind: ['dev', { option: true }],

  stack: async ({ stackKind }, use) => {
    await use(await (stackKind === 'dev' ? devStack() : prodStack()))
  },

  baseURL: async ({ stack }, use) => {
    // Only the development stack sends mail; accounts are confirmed by what its catcher has.
    process.env.E2E_MAIL_CATCHER = `http://localhost:${stack.ports.MAIL}`
    await use(stack.url)
  },
})

export { expect, type Page } from '@playwright/test'
export { openSignIn } from './sign-in'
export * from '../../e2e/fixtures/screen'
export { devStack, prodStack, Stack } from './stack'
export { run, until } from './run'
export { SLOW } from './slow'
