// Two people who use one browser after each other: what is one's is not seen by the other, and waits until they are back.
import type { BrowserContext, Page } from '@playwright/test'
import { expect, quickAdd, signIn, taskRow, test, untilLive } from './fixtures/test'
import type { Account } from './fixtures/account'

const SECRET = /lighthouse/i

/** What somebody who sits there can see: the page, the tab's title, the address. */
async function seen(page: Page): Promise<string> {
  const html = await page.content()
  const values = await page
    .locator('input, textarea')
    .evaluateAll((fields) => fields.map((field) => (field as HTMLInputElement).value))
  return [html, await page.title(), page.url(), ...values].join('\n')
}

/** The names of what is kept in the browser and has the words in it. */
function keptWith(page: Page, words: RegExp): Promise<string[]> {
  return page.evaluate(
    ([source = '', flags]) =>
      [localStorage, sessionStorage].flatMap((area) =>
        Object.entries(area as Record<string, string>)
          .filter((entry) => new RegExp(source, flags).test(entry.join()))
          .map(([key]) => key),
      ),
    [words.source, words.flags],
  )
}

function sentBy(context: BrowserContext): string[] {
  const sent: string[] = []
  context.on('request', (request) => sent.push(`${request.url()} ${request.postData() ?? ''}`))
  return sent
}

async function fillIn(page: Page, account: Account): Promise<void> {
  await page.getByLabel('Email').fill(account.email)
  await page.getByLabel('Password', { exact: true }).fill(account.password)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

async function signOut(page: Page, account: Account): Promise<void> {
  await page.getByRole('button', { name: `Account of ${account.name}` }).click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
}

test('two people use one browser in turn', async ({ page, context, newAccount, clientOf }) => {
  // Six sign-ins and as many pages, one after the other.
  test.setTimeout(120_000)
  const [ada, lin] = [await newAccount({ name: 'Ada' }), await newAccount({ name: 'Lin' })]
  const api = await clientOf(ada)
  const project = await api.createProject('Lighthouse')
  const task = await api.createTask({ title: 'Paint the lighthouse', project_id: project.id })
  const panel = page.getByRole('dialog', { name: 'Task details' })

  await test.step('Ada works, also offline, and her session ends', async () => {
    await signIn(page, ada, `/projects/${project.id}`)
    await page.getByRole('radio', { name: 'Board' }).click()
    await page.getByRole('radio', { name: 'List' }).click()
    await quickAdd(page).fill('Ask the lighthouse keeper')
    await untilLive(page)
    await taskRow(page, 'Paint the lighthouse').getByRole('link').click()
    await panel.getByRole('button', { name: 'Add a description' }).click()
    await context.setOffline(true)
    await panel.getByRole('textbox', { name: 'Description' }).fill('The lighthouse is to be white.')
    await panel.getByRole('button', { name: 'Preview' }).click()
    await expect(page.getByText('Offline. Changes cannot be saved')).toBeVisible()
    await api.endOtherSessions()
    await context.setOffline(false)
    await expect(page).toHaveURL(/\/login/)
    await expect(page.getByText('You have been signed out')).toBeVisible()
  })

  await test.step('Lin signs in in both tabs and sees and sends nothing of Ada’s', async () => {
    const sent = sentBy(context)
    await page.reload()
    await fillIn(page, lin)
    await expect(page.getByRole('heading', { level: 1, name: /, Lin/ })).toBeVisible()
    await untilLive(page)
    const second = await context.newPage()
    await second.goto('/inbox')
    await expect(second.getByText('All clear')).toBeVisible()
    await untilLive(second)
    for (const tab of [page, second]) {
      expect(await seen(tab)).not.toMatch(SECRET)
      expect(
        (await keptWith(tab, SECRET)).filter((key) => !key.startsWith(`todo.person.${ada.id}.`)),
      ).toEqual([])
    }
    await second.goto(`/projects/${project.id}?task=${task.id}`)
    await expect(second.getByText('does not exist').first()).toBeVisible()
    expect(await seen(second)).not.toMatch(SECRET)
    expect(sent.filter((line) => SECRET.test(line))).toEqual([])
    await signOut(second, lin)
    await expect(page).toHaveURL(/\/login/)
    await second.close()
  })

  await test.step('Ada returns and finds what she had written', async () => {
    await fillIn(page, ada)
    await expect(page.getByRole('heading', { level: 1, name: /, Ada/ })).toBeVisible()
    await page.goto(`/projects/${project.id}`)
    await expect(quickAdd(page)).toHaveValue('Ask the lighthouse keeper')
    await taskRow(page, 'Paint the lighthouse').getByRole('link').click()
    await expect(panel.getByRole('textbox', { name: 'Description' })).toHaveValue(
      'The lighthouse is to be white.',
    )
    await expect
      .poll(async () => (await api.tasks(project.id)).map(({ description }) => description))
      .toEqual(['The lighthouse is to be white.'])
    await panel.getByRole('button', { name: 'Close' }).click()
  })

  await test.step('a sign-in in a second tab replaces the person and clears the search', async () => {
    await page.goto('/search?q=lighthouse')
    await expect(taskRow(page, 'Paint the lighthouse')).toBeVisible()
    // As a link in a mail does it, which signs in whoever follows it.
    const answer = await context.request.post('/api/v1/auth/login', {
      data: { email: lin.email, password: lin.password },
    })
    expect(answer.ok()).toBe(true)
    const second = await context.newPage()
    await second.goto('/inbox')
    await second.evaluate(() => new BroadcastChannel('todo.session').postMessage('signed-in'))
    await expect(page.getByRole('heading', { level: 1, name: /, Lin/ })).toBeVisible()
    expect(await seen(page)).not.toMatch(SECRET)
    await signOut(second, lin)
    await expect(page).toHaveURL(/\/login/)
    await second.close()
  })

  await test.step('signing out asks about unsent text and then keeps nothing', async () => {
    await fillIn(page, ada)
    await expect(page).not.toHaveURL(/\/login/)
    await page.goto(`/projects/${project.id}`)
    await expect(quickAdd(page)).toHaveValue('Ask the lighthouse keeper')
    await signOut(page, ada)
    await page.getByRole('dialog').getByRole('button', { name: 'Sign out and discard' }).click()
    await expect(page).toHaveURL(/\/login/)
    expect(await seen(page)).not.toMatch(SECRET)
    expect(await keptWith(page, SECRET)).toEqual([])
  })
})
