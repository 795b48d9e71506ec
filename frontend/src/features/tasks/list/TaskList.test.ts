import { flushPromises } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ApiError } from '@/api/errors'
import type { Role } from '@/api/types'
import { useProjectStore } from '@/features/projects/store/projects'
import { aProject, aTask } from '@/testing/builders'
import { mountWith } from '@/testing/mountWith'
import { stubUnavailable } from '@/testing/stubServer'
import * as api from '../api'
import { useTaskStore } from '../store/tasks'
import TaskList from './TaskList.vue'

vi.mock('../api')
vi.mock('@/features/projects/api/projects')
const server = vi.mocked(api)

const tasks = ['a', 'b', 'c'].map((id, index) =>
  aTask({ id, title: `Task ${id}`, position: `${index + 1}0`, tags: id === 'a' ? ['work'] : [] }),
)
let unmount: () => void = () => undefined

async function open(props: Partial<InstanceType<typeof TaskList>['$props']> = {}, role: Role = 'owner') {
  useProjectStore().receive(aProject({ role }))
  for (const task of tasks) {
    useTaskStore().hold(task.id)
    useTaskStore().receive(task)
  }
  const { wrapper, router } = await mountWith(TaskList, {
    props: { tasks, loading: false, error: null, reorder: true, ...props },
  })
  unmount = () => wrapper.unmount()
  return { wrapper, router }
}

const focused = () => document.activeElement?.textContent?.trim() ?? ''

beforeEach(() => {
  stubUnavailable()
  setActivePinia(createPinia())
  vi.resetAllMocks()
})

afterEach(() => unmount())

describe('the keyboard', () => {
  test('moves with arrows and letters, with one tab stop', async () => {
    const { wrapper } = await open()
    const links = wrapper.findAll<HTMLAnchorElement>('[data-row-focus]')
    links[0]?.element.focus()
    await links[0]?.trigger('keydown', { key: 'ArrowDown' })
    expect(focused()).toContain('Task b')
    await links[1]?.trigger('keydown', { key: 'j' })
    expect(focused()).toContain('Task c')
    await links[2]?.trigger('keydown', { key: 'k' })
    expect(focused()).toContain('Task b')
    expect(links.map((link) => link.attributes('tabindex'))).toEqual(['-1', '0', '-1'])
  })

  test('Space ticks', async () => {
    server.updateTask.mockResolvedValue(aTask({ id: 'b', status: 'done', version: 2 }))
    const { wrapper } = await open()
    await wrapper.findAll('[data-row-focus]')[1]?.trigger('keydown', { key: ' ' })
    expect(server.updateTask).toHaveBeenCalledWith('b', { status: 'done' }, undefined)
  })

  test('Alt with an arrow moves and announces it', async () => {
    const { wrapper } = await open()
    await wrapper.findAll('[data-row-focus]')[2]?.trigger('keydown', { key: 'ArrowUp', altKey: true })
    expect(wrapper.emitted('move')).toEqual([['c', 'a']])
    expect(wrapper.get('[aria-live=assertive]').text()).toBe('Task c is now number 2 of 3.')
    await wrapper.findAll('[data-row-focus]')[0]?.trigger('keydown', { key: 'ArrowDown', altKey: true })
    expect(wrapper.emitted('move')?.[1]).toEqual(['a', 'b'])
    await wrapper.findAll('[data-row-focus]')[1]?.trigger('keydown', { key: 'ArrowUp', altKey: true })
    expect(wrapper.emitted('move')?.[2]).toEqual(['b', null])
  })

  test('nothing moves at the edge or in a sorted list', async () => {
    const { wrapper } = await open()
    await wrapper.findAll('[data-row-focus]')[0]?.trigger('keydown', { key: 'ArrowUp', altKey: true })
    await wrapper.setProps({ reorder: false })
    await wrapper.findAll('[data-row-focus]')[1]?.trigger('keydown', { key: 'ArrowUp', altKey: true })
    expect(wrapper.emitted('move')).toBeUndefined()
  })
})

test('a click opens the task in the URL', async () => {
  const { wrapper, router } = await open()
  await wrapper.findAll('[data-row-focus]')[1]?.trigger('click')
  await flushPromises()
  expect(router.currentRoute.value.query.task).toBe('b')
})

test('a viewer cannot complete tasks', async () => {
  const { wrapper } = await open({}, 'viewer')
  expect(wrapper.get('[role=checkbox]').attributes('disabled')).toBeDefined()
  await wrapper.findAll('[data-row-focus]')[0]?.trigger('keydown', { key: ' ' })
  expect(server.updateTask).not.toHaveBeenCalled()
})

describe('without tasks', () => {
  test('says so', async () => {
    const { wrapper } = await open({ tasks: [] })
    expect(wrapper.text()).toContain('No tasks here.')
  })

  test('reports a failure with a retry', async () => {
    const error = new ApiError({ type: 'network', status: 0, title: 'x' })
    const { wrapper } = await open({ tasks: [], error })
    expect(wrapper.get('[role=alert]').text()).toContain('No connection')
    await wrapper.get('[role=alert] button').trigger('click')
    expect(wrapper.emitted('retry')).toHaveLength(1)
  })

  test('shows loading only after a delay', async () => {
    vi.useFakeTimers()
    const { wrapper } = await open({ tasks: [], loading: true })
    expect(wrapper.find('.skeleton').exists()).toBe(false)
    await vi.advanceTimersByTimeAsync(150)
    expect(wrapper.find('.skeleton').exists()).toBe(true)
    vi.useRealTimers()
  })
})

test('the next page can be loaded with a button', async () => {
  const { wrapper } = await open({ hasMore: true })
  await wrapper.get('.end button').trigger('click')
  expect(wrapper.emitted('more')?.length).toBeGreaterThan(0)
})
