// What the server refuses is said by its reason, in the language of the page.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { defineComponent, h } from 'vue'
import { problemFrom, type ApiError } from '@/api/errors'
import { setLanguage } from '@/i18n'
import { mountWith } from '@/testing/mountWith'
import { useErrorText } from './useAction'

const root = join(import.meta.dirname, '../..')
const read = (path: string) => JSON.parse(readFileSync(join(root, path), 'utf8'))
const codes: string[] = read('openapi.json').components.schemas.Problem.properties.code.enum

async function speaker(): Promise<(error: ApiError) => string> {
  let errorText: ((error: ApiError) => string) | undefined
  const { wrapper } = await mountWith(
    defineComponent(() => {
      errorText = useErrorText()
      return () => h('p')
    }),
  )
  wrapper.unmount()
  if (!errorText) throw new Error('not mounted')
  return errorText
}

const problem = (type: string, code?: string) =>
  problemFrom(403, { type: `/problems/${type}`, title: 'x', code })

test.each(['en', 'zh-CN'])('%s has a text for exactly the server’s reasons', (language) => {
  const texts = read(`src/i18n/locales/${language}.json`).refusals
  expect(codes.length).toBeGreaterThan(40)
  expect(Object.keys(texts)).toEqual([...codes].sort())
})

test('each reason has its own sentence', async () => {
  const errorText = await speaker()
  expect(errorText(problem('forbidden', 'owner_only'))).toBe('Only the owner of the project can do this.')
  expect(errorText(problem('not-found', 'tag_not_found'))).toBe('This tag no longer exists.')
  await setLanguage('zh-CN')
  expect(errorText(problem('forbidden', 'owner_only'))).toBe('只有项目所有者可以执行此操作。')
})

test.each([undefined, '', 'of_a_newer_server'])(
  'the unknown reason “%s” uses the type’s text',
  async (code) => {
    const errorText = await speaker()
    expect(errorText(problem('forbidden', code))).toBe('You are not allowed to do this.')
  },
)
