// The main journey in the other two engines: everyday use, in both languages.
import { Key } from 'selenium-webdriver'
import { expect, test as base } from '../e2e/fixtures/test'
import { Browser, type Engine } from './browser'

const test = base.extend<{ engine: Engine; webdriver: Browser }>({
  engine: ['firefox', { option: true }],
  webdriver: async ({ engine, baseURL }, use) => {
    const browser = await Browser.start(engine, baseURL ?? '')
    await use(browser)
    await browser.close()
  },
})

const FIELD = 'main .quick-add input'
const ROW = '[data-row-id]'

test('sign in, add, edit, complete, move on the board, hear of it in another window, in Chinese too', async ({
  webdriver: browser,
  account,
  api,
}) => {
  const { driver } = browser
  const project = await api.createProject('Household')
  const path = `/projects/${project.id}`
  const statusOf = async (title: string) =>
    (await api.tasks(project.id)).find((task) => task.title === title)?.status

  await test.step('sign in', async () => {
    await browser.open(`/login?redirect=${encodeURIComponent(path)}`)
    await browser.type('input[name=email]', account.email)
    await browser.type('input[name=password]', account.password)
    await browser.click('form button[type=submit]')
    await browser.seeText('h1', 'Household')
  })

  await test.step('add tasks, in both languages', async () => {
    for (const title of ['Water the plants', '准备发布会议的议程', 'Book the room']) {
      await browser.type(FIELD, title + Key.ENTER)
      await browser.seeText(ROW, title)
    }
    await expect.poll(async () => (await api.tasks(project.id)).length).toBe(3)
  })

  await test.step('edit one', async () => {
    await (await browser.seeText(`${ROW} [data-row-focus]`, 'Water the plants')).click()
    const title = await browser.see('.task-panel .title textarea')
    await title.sendKeys(Key.END, ' on the balcony', Key.ENTER)
    await browser.seeText(ROW, 'Water the plants on the balcony')
    await browser.click('.task-panel button[aria-label="Close"]')
    await expect.poll(() => statusOf('Water the plants on the balcony')).toBe('todo')
  })

  await test.step('complete one', async () => {
    await (await browser.see('[role=checkbox][aria-label*="Book the room"]')).click()
    await browser.untilGone(ROW, 'Book the room')
    await expect.poll(() => statusOf('Book the room')).toBe('done')
  })

  await test.step('another window hears of it', async () => {
    const first = await driver.getWindowHandle()
    const second = await browser.newWindow(path)
    await browser.seeText(ROW, 'Water the plants on the balcony')
    await browser.find('[data-live="live"]')
    await driver.switchTo().window(first)
    await browser.type(FIELD, `Buy soil${Key.ENTER}`)
    await browser.seeText(ROW, 'Buy soil')
    await driver.switchTo().window(second)
    await browser.seeText(ROW, 'Buy soil')
    await api.createTask({ title: '买花盆', project_id: project.id })
    await browser.seeText(ROW, '买花盆')
    await driver.close()
    await driver.switchTo().window(first)
    await browser.seeText(ROW, '买花盆')
  })

  await test.step('move a card on the board', async () => {
    await browser.click('[role=radio][aria-label="Board"]')
    const card = await browser.seeText('[data-drop-zone=todo] [data-drag-id]', 'Buy soil')
    await browser.drag(card, await browser.see('[data-drop-zone=in_progress] ul'))
    await browser.seeText('[data-drop-zone=in_progress] [data-drag-id]', 'Buy soil')
    await expect.poll(() => statusOf('Buy soil')).toBe('in_progress')
    // And with the keyboard.
    await driver.executeScript(
      "document.querySelector('[data-drop-zone=in_progress] [data-row-focus]').focus()",
    )
    await driver.actions().keyDown(Key.ALT).sendKeys(Key.ARROW_RIGHT).keyUp(Key.ALT).perform()
    await browser.seeText('[data-drop-zone=done] [data-drag-id]', 'Buy soil')
    await expect.poll(() => statusOf('Buy soil')).toBe('done')
  })

  await test.step('in Chinese, also after loading again', async () => {
    await browser.click('header [aria-haspopup=menu][aria-label^="Language"]')
    await (await browser.seeText('[role=menuitemradio]', '简体中文')).click()
    await browser.see('[role=radio][aria-label="看板"]')
    await driver.navigate().refresh()
    await browser.see('[role=radio][aria-label="看板"]')
    expect(await driver.executeScript('return document.documentElement.lang')).toBe('zh-CN')
    await browser.click('[role=radio][aria-label="列表"]')
    await browser.type(FIELD, `浇花${Key.ENTER}`)
    await browser.seeText(ROW, '浇花')
    await expect.poll(() => statusOf('浇花')).toBe('todo')
  })
})
