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

test('without a task the project opens, without a project nothing opens', () => {
  expect(notificationTarget(aNotification({ task: null }))).toMatchObject({ name: 'project', query: {} })
  expect(notificationTarget(aNotification({ project: null }))).toBeNull()
})

test('account notifications lead to the devices', () => {
  const target = notificationTarget(aNotification({ kind: 'security.new_sign_in', project: null }))
  expect(target).toEqual({ name: 'profile', hash: '#devices' })
})

test('an announcement leads to its full text', () => {
  const data = { title: 'Maintenance', text: 'Tonight.' }
  const fields = { kind: 'system.announcement', data, project: null, task: null } as const
  expect(notificationTarget(aNotification(fields))).toEqual({ name: 'notifications' })
})

test('an inaccessible project leads nowhere, a changed one to itself', () => {
  const changed = (change: 'renamed' | 'member_removed') =>
    notificationTarget(
      aNotification({ kind: 'project.changed', data: { change, name: 'House' }, task: null }),
    )
  expect(changed('member_removed')).toBeNull()
  expect(changed('renamed')).toMatchObject({ name: 'project', params: { id: 'project-1' } })
})
