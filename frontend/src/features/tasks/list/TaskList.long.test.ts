// Long lists: what is drawn, what is drawn again, and how the keyboard gets to what is not drawn.
import { config } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { defineComponent, h, nextTick } from 'vue'
import type { TaskQuery } from '@/api/types'
import { useProjectStore } from '@/features/projects/store/projects'
import { aProject, aTask } from '@/testing/builders'
import { mountWith } from '@/testing/mountWith'
import LoadMore from '@/ui/LoadMore.vue'
import * as api from '../api'
import { useTaskStore } from '../store/tasks'
import TaskList from './TaskList.vue'
import { useTaskList } from './useTaskList'

vi.mock('../api')
vi.mock('@/features/projects/api/projects')

// Thousands of rows, on a machine that may be busy.
vi.setConfig({ testTimeout: 20_000 })

const QUERY: TaskQuery = { project_id: 'project-1', sort: 'position' }
const taskOf = (n: number) =>
  aTask({ id: `row-${n}`, title: `Task ${n}`, position: String(n).padStart(4, '0') })

const Host = defineComponent(() => {
  const { items, loading, error } = useTaskList(QUERY)
  return () => h(TaskList, { tasks: items.value, loading: loading.value, error: error.value, reorder: true })
})

let drawnAgain: string[] = []
let unmount: () => void = () => undefined

async function open(count: number) {
  vi.mocked(api.listTasks).mockResolvedValue({
    items: Array.from({ length: count }, (_, n) => taskOf(n)),
    next_cursor: null,
  })
  const { wrapper } = await mountWith(Host)
  unmount = () => wrapper.unmount()
  await vi.waitFor(() => expect(wrapper.find('[data-row-id]').exists()).toBe(true))
  await nextTick()
  drawnAgain = []
  return wrapper
}

beforeEach(() => {
  setActivePinia(createPinia())
  vi.resetAllMocks()
  // A document without layout: every row is as high as the list expects.
  vi.spyOn(HTMLElement.prototype, 'offsetHeight', 'get').mockReturnValue(48)
  useProjectStore().receive(aProject({ id: 'project-1' }))
  config.global.mixins = [
    {
      updated() {
        drawnAgain.push(this.$options.__name ?? '')
      },
    },
  ]
})
afterEach(() => {
  config.global.mixins = []
  unmount()
})

const rowsOf = (wrapper: Awaited<ReturnType<typeof open>>) => wrapper.findAll('[data-row-id]')

test('a short list is rendered completely', async () => {
  const wrapper = await open(80)
  expect(rowsOf(wrapper)).toHaveLength(80)
})

test('of 2,000 rows only those near the viewport are rendered, at full height', async () => {
  const wrapper = await open(2_000)
  const rows = rowsOf(wrapper)
  expect(rows.length).toBeGreaterThan(10)
  expect(rows.length).toBeLessThan(60)
  expect(rows[3]?.attributes()).toMatchObject({ 'aria-setsize': '2000', 'aria-posinset': '4' })
  const rest = Number.parseInt(wrapper.get<HTMLElement>('ul').element.style.paddingBlockEnd)
  expect(rest).toBe((2_000 - rows.length) * 48)
})

test('an event rerenders only its visible row', async () => {
  await open(300)
  const tasks = useTaskStore()
  tasks.receive(aTask({ ...taskOf(3), title: 'Other words', version: 2 }))
  await nextTick()
  expect(drawnAgain.filter((name) => name === 'TaskRow')).toHaveLength(1)

  drawnAgain = []
  tasks.receive(aTask({ id: 'elsewhere', project_id: 'project-2' }))
  useProjectStore().adjustOpenTasks('project-1', 1)
  await nextTick()
  expect(drawnAgain).toEqual([])

  tasks.receive(aTask({ ...taskOf(250), title: 'Other words', version: 2 }))
  await nextTick()
  expect(drawnAgain.filter((name) => name === 'TaskRow')).toEqual([])
})

test('End and Home reach unrendered rows, and arrows continue from there', async () => {
  const wrapper = await open(500)
  const press = async (key: string) => {
    document.activeElement?.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }))
    await nextTick()
    await nextTick()
  }
  const focused = () => document.activeElement?.closest<HTMLElement>('[data-row-id]')?.dataset.rowId
  wrapper.get<HTMLElement>('[data-row-focus]').element.focus()
  await press('End')
  expect(focused()).toBe('row-499')
  await press('k')
  await press('k')
  expect(focused()).toBe('row-497')
  await press('Home')
  expect(focused()).toBe('row-0')
  expect(rowsOf(wrapper).length).toBeLessThan(70)
})

test('the end of the list keeps loading while visible', async () => {
  let tell: IntersectionObserverCallback = () => undefined
  vi.stubGlobal(
    'IntersectionObserver',
    class {
      constructor(callback: IntersectionObserverCallback) {
        tell = callback
      }
      observe(): void {}
      disconnect(): void {}
    },
  )
  const { wrapper } = await mountWith(LoadMore, { props: { loading: false } })
  unmount = () => wrapper.unmount()
  const see = (isIntersecting: boolean) =>
    tell([{ isIntersecting } as IntersectionObserverEntry], {} as IntersectionObserver)
  see(true)
  await nextTick()
  expect(wrapper.emitted('more')).toHaveLength(1)
  // The page that came did not push it out of sight: nothing new to observe.
  await wrapper.setProps({ loading: true })
  await wrapper.setProps({ loading: false })
  expect(wrapper.emitted('more')).toHaveLength(2)
  see(false)
  await wrapper.setProps({ loading: true })
  await wrapper.setProps({ loading: false })
  expect(wrapper.emitted('more')).toHaveLength(2)
  vi.unstubAllGlobals()
})
