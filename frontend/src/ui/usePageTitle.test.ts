import { expect, test } from 'vitest'
import { effectScope, ref } from 'vue'
import { usePageTitle } from './usePageTitle'

test('an overlay sets the title, and closing it restores the page’s', () => {
  const { pageTitle } = usePageTitle()
  const [page, panel] = [effectScope(), effectScope()]
  const task = ref<string>()
  page.run(() => usePageTitle('Garden'))
  panel.run(() => usePageTitle(task))
  expect(pageTitle.value, 'while the task loads').toBe('Garden')
  task.value = 'Plant the bulbs'
  expect(pageTitle.value).toBe('Plant the bulbs')
  task.value = 'Plant tulips'
  expect(pageTitle.value).toBe('Plant tulips')
  panel.stop()
  expect(pageTitle.value).toBe('Garden')
  page.stop()
  expect(pageTitle.value, 'the route has the last word').toBeUndefined()
})
