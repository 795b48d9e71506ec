import { flushPromises } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { useProjectStore } from '@/features/projects/store/projects'
import { aProject, aTask } from '@/testing/builders'
import { mountWith } from '@/testing/mountWith'
import { clearToasts, useToasts } from '@/ui/useToasts'
import * as api from '../api'
import { useHistoryStore } from '../store/history'
import QuickAdd from './QuickAdd.vue'

vi.mock('../api')
let unmount: () => void

beforeEach(() => {
  setActivePinia(createPinia())
  vi.mocked(api.createTask).mockImplementation((input) =>
    Promise.resolve(aTask({ id: input.id ?? 'x', title: input.title, due_date: input.due_date ?? null })),
  )
  vi.mocked(api.deleteTask).mockResolvedValue()
  useProjectStore().receive(aProject({ name: 'House' }))
  useHistoryStore()
})

afterEach(() => {
  unmount()
  clearToasts()
  document.body.innerHTML = ''
})

async function add(title: string, isShown: boolean) {
  const fields = { project_id: 'project-1', due_date: '2026-12-01' }
  const { wrapper } = await mountWith(QuickAdd, { props: { fields } })
  unmount = () => wrapper.unmount()
  const row = document.createElement('li')
  document.body.append(row)
  document.elementFromPoint = () => (isShown ? row : document.body)
  vi.mocked(api.createTask).mockImplementationOnce((input) => {
    row.dataset.rowId = input.id
    return Promise.resolve(aTask({ id: input.id ?? 'x', title: input.title }))
  })
  await wrapper.get('input').setValue(title)
  await wrapper.get('form').trigger('submit')
  await flushPromises()
  return wrapper
}

test('a task gets the page’s defaults', async () => {
  await add('Cook', true)
  expect(vi.mocked(api.createTask).mock.calls[0]?.[0]).toMatchObject({
    title: 'Cook',
    due_date: '2026-12-01',
  })
})

test('a visible task needs no message', async () => {
  await add('Cook', true)
  expect(useToasts().toasts).toHaveLength(0)
})

test('a hidden task shows where it went, with open and undo', async () => {
  await add('Cook', false)
  const [toast] = useToasts().toasts
  expect(toast?.text).toBe('Added to House: Cook')
  expect(toast?.actions.map(({ label }) => label)).toEqual(['Open', 'Undo'])
  toast?.actions[1]?.run()
  await flushPromises()
  expect(api.deleteTask).toHaveBeenCalledOnce()
})
