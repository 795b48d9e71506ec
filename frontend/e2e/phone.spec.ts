// On a phone, in Chinese: the way through the pages, and nothing wider than the screen.
import type { Page } from '@playwright/test'
import { addTask, audit, checkbox, expect, signIn, test } from './fixtures/test'

async function expectToFit(page: Page): Promise<void> {
  const overflow = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement
    return scrollWidth - clientWidth
  })
  expect(overflow, page.url()).toBe(0)
}

test('手机上的日常操作', async ({ page, newAccount, clientOf }) => {
  const account = await newAccount({ name: '林晓', language: 'zh-CN' })
  const api = await clientOf(account)
  const project = await api.createProject('周末搬家')
  await api.createTask({ title: '联系搬家公司', project_id: project.id, due_date: '2020-01-01' })

  await signIn(page, account)
  await expect(page.getByRole('heading', { level: 1, name: /林晓，/ })).toBeVisible()
  await expect(page.getByTestId('tile-overdue')).toContainText('1')
  await expectToFit(page)

  await test.step('通过侧边栏打开项目并添加任务', async () => {
    await page.getByRole('navigation', { name: '快捷导航' }).getByRole('button', { name: '项目' }).click()
    const drawer = page.getByRole('dialog', { name: '主导航' })
    await drawer.getByRole('link', { name: '周末搬家' }).click()
    await expect(drawer).toBeHidden()
    await expect(page.getByRole('heading', { level: 1, name: '周末搬家' })).toBeVisible()
    await addTask(page, '整理书架和衣柜')
    await checkbox(page, '整理书架和衣柜').click()
    await expectToFit(page)
  })

  await test.step('搜索两个字的词', async () => {
    await page.getByRole('navigation', { name: '快捷导航' }).getByRole('link', { name: '搜索' }).click()
    await page.getByRole('searchbox', { name: '搜索任务' }).fill('搬家')
    await page.keyboard.press('Enter')
    await expect(page.getByRole('main').getByRole('link', { name: '联系搬家公司' })).toBeVisible()
    await expectToFit(page)
  })

  await test.step('通知和账号菜单', async () => {
    await page.goto('/')
    await page.getByRole('button', { name: '通知，没有未读' }).click()
    await expect(page.getByRole('dialog', { name: '通知' })).toBeVisible()
    await page.getByRole('dialog', { name: '通知' }).getByRole('button', { name: '关闭' }).click()
    await page.getByRole('button', { name: '林晓 的账号' }).click()
    await page.getByRole('menuitemradio', { name: '深色' }).click()
    await expect(page.locator('html')).toHaveClass(/dark/)
    await expectToFit(page)
    await audit(page, '手机仪表盘')
    await page.goto('/profile')
    await expect(page.getByRole('region', { name: '登录设备' }).getByRole('listitem')).toHaveCount(2)
    await expectToFit(page)
  })
})
