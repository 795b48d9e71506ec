import { expect, test } from 'vitest'
import { aNotification } from '@/testing/builders'
import { notificationTarget } from './notificationTarget'

test('a task opens in its project', () => {
  expect(notificationTarget(aNotification())).toEqual({
    name: 'project',
    params: { id: 'project-1' },
    query: { task: 'task-1' },
  })
})

test('without a task the project opens, without a project nothing', () => {
  expect(notificationTarget(aNotification({ task: null }))?.query).toEqual({})
  expect(notificationTarget(aNotification({ project: null }))).toBeNull()
})
