import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { expect, test } from 'vitest'
import { moveBaseFirst } from '../../scripts/baseStylesFirst'
import { iconsOf, splitImports } from '../../scripts/splitIcons'

test('the styles of the whole page come before those of its parts', () => {
  const link = (name: string) => `    <link rel="stylesheet" crossorigin href="/assets/${name}-x.css">\n`
  const html = `<head>\n${link('shared')}${link('index')}${link('base')}</head>`
  expect(moveBaseFirst(html)).toBe(`<head>\n${link('base')}${link('shared')}${link('index')}</head>`)
  expect(() => moveBaseFirst('<head></head>')).toThrow('no base styles')
})

test('each icon is a module of its own', () => {
  const file = createRequire(import.meta.url)
    .resolve('@element-plus/icons-vue')
    .replace(/index\.\w+$/, 'index.js')
  const icons = iconsOf(readFileSync(file, 'utf8'))
  expect(icons.size).toBeGreaterThan(250)
  for (const [name, code] of icons) {
    expect(code, name).toContain(`name: "${name}"`)
    expect(code, name).toMatch(/export default \w+_default;$/)
  }
  expect(splitImports("import { Plus, Close as Shut } from '@element-plus/icons-vue'")).toBe(
    "import Plus from '@element-plus/icons-vue/Plus';import Shut from '@element-plus/icons-vue/Close'",
  )
})
