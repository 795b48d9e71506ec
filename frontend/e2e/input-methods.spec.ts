// Text that is composed, as Chinese, Japanese and Korean are typed: through the browser's own way of composing.
import type { CDPSession, Page } from '@playwright/test'
import { expect, quickAdd, signIn, test } from './fixtures/test'

/** The letters on the way, as an input method shows them in the field. */
async function compose(cdp: CDPSession, text: string): Promise<void> {
  await cdp.send('Input.imeSetComposition', { text, selectionStart: text.length, selectionEnd: text.length })
}

/** A key that the input method keeps for itself: browsers report it with the code 229. */
async function keyOfMethod(cdp: CDPSession, key: string): Promise<void> {
  const event = { key, code: key, windowsVirtualKeyCode: 229 }
  await cdp.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', ...event })
  await cdp.send('Input.dispatchKeyEvent', { type: 'keyUp', ...event })
}

async function methodOf(page: Page): Promise<CDPSession> {
  return page.context().newCDPSession(page)
}

test('keys of an input method are not handled by the page', async ({ page, account, api }) => {
  const project = await api.createProject('花园')
  const task = await api.createTask({ title: '第一个任务', project_id: project.id })
  await signIn(page, account, `/projects/${project.id}?task=${task.id}`)
  const cdp = await methodOf(page)
  const panel = page.getByRole('dialog', { name: 'Task details' })
  const title = panel.getByRole('textbox', { name: 'Title' })

  await test.step('in a title: Escape and Enter neither close nor save', async () => {
    await title.click()
    await page.keyboard.press('End')
    await compose(cdp, 'xin')
    await keyOfMethod(cdp, 'Enter')
    await keyOfMethod(cdp, 'Escape')
    await expect(panel).toBeVisible()
    await expect(title).toBeFocused()
    await cdp.send('Input.insertText', { text: '新' })
    await expect(title).toHaveValue('第一个任务新')
    await page.keyboard.press('Enter')
    await expect(panel).toBeFocused()
    await expect(page.getByRole('main').getByRole('link', { name: '第一个任务新' })).toBeVisible()
  })

  await test.step('in the tags, choosing characters does not choose a tag', async () => {
    const tags = panel.getByRole('combobox', { name: 'Add a tag' })
    await tags.click()
    await compose(cdp, 'jia')
    for (const key of ['ArrowDown', 'Enter', 'Escape']) await keyOfMethod(cdp, key)
    await cdp.send('Input.insertText', { text: '家' })
    await expect(tags).toHaveValue('家')
    await page.keyboard.press('Enter')
    await expect(panel.getByRole('button', { name: 'Remove the tag 家' })).toBeVisible()
  })

  await test.step('in the description', async () => {
    await panel.getByRole('button', { name: 'Add a description' }).click()
    const description = panel.getByRole('textbox', { name: 'Description' })
    await compose(cdp, 'shuoming')
    await keyOfMethod(cdp, 'Escape')
    await cdp.send('Input.insertText', { text: '说明' })
    await expect(description).toHaveValue('说明')
    await page.keyboard.press('Escape')
    await expect(description).toBeHidden()
    await page.keyboard.press('Escape')
    await expect(panel).toBeHidden()
  })

  await test.step('in the field for new tasks, and in the search', async () => {
    await quickAdd(page).click()
    await compose(cdp, 'mai')
    await keyOfMethod(cdp, 'Escape')
    await keyOfMethod(cdp, 'Enter')
    await cdp.send('Input.insertText', { text: '买牛奶' })
    await expect(quickAdd(page)).toHaveValue('买牛奶')
    await page.keyboard.press('Enter')
    await expect(page.getByRole('main').getByRole('link', { name: '买牛奶' })).toBeVisible()
    await page.goto('/search?q=%E4%B9%B0')
    const field = page.getByRole('searchbox', { name: 'Search tasks' })
    await expect(page.getByRole('main').getByRole('link', { name: '买牛奶' })).toBeVisible()
    await field.click()
    await page.keyboard.press('End')
    await compose(cdp, 'niu')
    await keyOfMethod(cdp, 'ArrowDown')
    await expect(field).toBeFocused()
    await cdp.send('Input.insertText', { text: '牛' })
    await expect(field).toHaveValue('买牛')
  })
})
