// What arrives while a list loads: it stays, and what went does not come back. One table for all stores.
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import type { Member, Page, Task, TaskQuery, UnreadCount } from '@/api/types'
import * as notificationApi from '@/features/notifications/api/notifications'
import { useNotificationStore } from '@/features/notifications/store/notifications'
import * as invitationApi from '@/features/projects/api/invitations'
import * as ownInvitationApi from '@/features/projects/api/ownInvitations'
import * as projectApi from '@/features/projects/api/projects'
import * as tagApi from '@/features/projects/api/tags'
import { useProjectStore } from '@/features/projects/store/projects'
import * as taskApi from '@/features/tasks/api'
import { useTaskStore } from '@/features/tasks/store/tasks'
import { anInvitation, aNotification, aProject, aTask } from '@/testing/builders'
import { deferred } from '@/testing/deferred'

vi.mock('@/features/tasks/api')
vi.mock('@/features/projects/api/projects')
vi.mock('@/features/projects/api/tags')
vi.mock('@/features/notifications/api/notifications')
vi.mock('@/features/projects/api/invitations')
vi.mock('@/features/projects/api/ownInvitations')

const P = 'project-1'
const member = (user_id: string, email: string | null = null): Member => ({
  user_id,
  name: user_id,
  role: 'editor',
  joined_at: '2026-11-23T08:00:00Z',
  email,
})
const tag = (id: string) => ({ id, project_id: P, name: id, color: '#fff', version: 1 })
const ids = (items: readonly { id: string }[]) => items.map(({ id }) => id)

let projects: ReturnType<typeof useProjectStore>
let tasks: ReturnType<typeof useTaskStore>
let notifications: ReturnType<typeof useNotificationStore>

beforeEach(() => {
  setActivePinia(createPinia())
  vi.resetAllMocks()
  vi.mocked(ownInvitationApi.listOwnInvitations).mockResolvedValue([])
  projects = useProjectStore()
  tasks = useTaskStore()
  notifications = useNotificationStore()
})

test('projects', async () => {
  const answer = deferred<ReturnType<typeof aProject>[]>()
  projects.receive(aProject({ id: 'leaves', position: 'a' }))
  vi.mocked(projectApi.listProjects).mockImplementation(() => answer.promise)
  const loading = projects.load()
  projects.receive(aProject({ id: 'arrives', position: 'c' }))
  projects.receiveGone('leaves')
  answer.resolve([
    aProject({ id: 'leaves', position: 'a', version: 9 }),
    aProject({ id: 'stays', position: 'b' }),
  ])
  await loading
  expect(ids(projects.active)).toEqual(['stays', 'arrives'])
})

test('tags, of one project and of all', async () => {
  for (const scope of [P, undefined]) {
    projects.reset()
    const answer = deferred<ReturnType<typeof tag>[]>()
    vi.mocked(tagApi.listTags).mockReturnValue(answer.promise)
    projects.receiveTag(tag('leaves'))
    const loading = projects.loadTags(scope)
    projects.receiveTag(tag('arrives'))
    projects.receiveTagGone('leaves')
    answer.resolve([tag('leaves'), tag('stays')])
    await loading
    expect(ids(projects.tagsOf(P))).toEqual(['arrives', 'stays'])
  }
})

test('loading one project does not cancel another', async () => {
  const first = deferred<ReturnType<typeof tag>[]>()
  vi.mocked(tagApi.listTags).mockReturnValueOnce(first.promise).mockResolvedValueOnce([])
  const loading = projects.loadTags(P)
  await projects.loadTags('project-2')
  first.resolve([tag('one')])
  await loading
  expect(ids(projects.tagsOf(P))).toEqual(['one'])
})

test('members, also with the first list', async () => {
  const answer = deferred<Member[]>()
  vi.mocked(projectApi.listMembers).mockReturnValue(answer.promise)
  const loading = projects.loadMembers(P)
  projects.receiveMember(P, member('arrives'))
  projects.receiveMember(P, { ...member('stays'), role: 'viewer' })
  projects.receiveMemberGone(P, 'leaves')
  answer.resolve([member('leaves'), member('stays', 'stays@example.com')])
  await loading
  expect(projects.membersOf(P)).toEqual([
    { ...member('stays', 'stays@example.com'), role: 'viewer' },
    member('arrives'),
  ])
})

test('invitations of a project', async () => {
  const answer = deferred<ReturnType<typeof anInvitation>[]>()
  vi.mocked(invitationApi.listInvitations).mockReturnValue(answer.promise)
  const loading = projects.loadInvitations(P)
  projects.receiveInvitationGone(P, 'leaves')
  answer.resolve([anInvitation({ id: 'leaves' }), anInvitation({ id: 'stays' })])
  await loading
  expect(ids(projects.invitationsOf(P))).toEqual(['stays'])
})

describe('notifications', () => {
  test('the list and the number', async () => {
    const answer = deferred<Page<ReturnType<typeof aNotification>>>()
    const count = deferred<UnreadCount>()
    vi.mocked(notificationApi.listNotifications).mockReturnValue(answer.promise)
    vi.mocked(notificationApi.countUnread)
      .mockReturnValueOnce(count.promise)
      .mockResolvedValue({ unread: 2, revision: 2 })
    const loading = Promise.all([notifications.load(), notifications.loadUnread()])
    notifications.receive(aNotification({ id: 'arrives' }), 2)
    count.resolve({ unread: 1, revision: 1 })
    answer.resolve({ items: [aNotification({ id: 'stays' })], next_cursor: null })
    await loading
    expect(ids(notifications.items)).toEqual(['arrives', 'stays'])
    expect(notifications.unread).toBe(2)
  })

  test('one read in the meantime stays read', async () => {
    vi.mocked(notificationApi.listNotifications).mockResolvedValueOnce({
      items: [aNotification({ id: 'one' })],
      next_cursor: null,
    })
    await notifications.load()
    const answer = deferred<Page<ReturnType<typeof aNotification>>>()
    vi.mocked(notificationApi.listNotifications).mockReturnValue(answer.promise)
    const loading = notifications.load()
    await notifications.markRead('one')
    answer.resolve({ items: [aNotification({ id: 'one' })], next_cursor: null })
    await loading
    expect(notifications.items[0]?.read_at).not.toBeNull()
  })
})

test('the trash', async () => {
  const answer = deferred<Page<Task>>()
  vi.mocked(taskApi.listDeletedTasks).mockReturnValue(answer.promise)
  const loading = tasks.loadTrash()
  tasks.receivePurged('leaves')
  answer.resolve({ items: [aTask({ id: 'leaves' }), aTask({ id: 'stays' })], next_cursor: null })
  await loading
  expect(ids(tasks.trash)).toEqual(['stays'])
})

describe('tasks', () => {
  const OPEN: TaskQuery = { project_id: P, status: ['todo'] }

  test('one created while a list is first loading', async () => {
    const answer = deferred<Page<Task>>()
    vi.mocked(taskApi.listTasks).mockReturnValue(answer.promise)
    const loading = tasks.load(OPEN)
    tasks.receive(aTask({ id: 'made', position: '2' }))
    answer.resolve({ items: [aTask({ id: 'a', position: '1' })], next_cursor: null })
    await loading
    expect(ids(tasks.itemsOf(OPEN))).toEqual(['a', 'made'])
  })

  test('a list reloaded during a change does not show completed tasks as open', async () => {
    vi.mocked(taskApi.listTasks).mockResolvedValue({
      items: [aTask({ id: 'a', position: '1' }), aTask({ id: 'b', position: '2' })],
      next_cursor: null,
    })
    await tasks.load(OPEN)
    const answer = deferred<Task>()
    vi.mocked(taskApi.updateTask).mockReturnValue(answer.promise)
    const ticked = tasks.update('a', { status: 'done' })
    await tasks.load(OPEN)
    expect(ids(tasks.itemsOf(OPEN))).toEqual(['b'])
    answer.resolve(aTask({ id: 'a', position: '1', status: 'done', version: 2 }))
    await ticked
    expect(ids(tasks.itemsOf(OPEN))).toEqual(['b'])
  })

  test('a change refused after the load is reverted', async () => {
    vi.mocked(taskApi.listTasks).mockResolvedValue({
      items: [aTask({ id: 'a', position: '1' }), aTask({ id: 'b', position: '2' })],
      next_cursor: null,
    })
    await tasks.load(OPEN)
    const answer = deferred<Task>()
    vi.mocked(taskApi.updateTask).mockReturnValue(answer.promise)
    const ticked = tasks.update('a', { status: 'done' }).catch(() => undefined)
    await tasks.load(OPEN)
    answer.reject(new Error('refused'))
    await ticked
    expect(ids(tasks.itemsOf(OPEN))).toEqual(['a', 'b'])
  })

  test('a draft being saved stays in a reloaded list', async () => {
    vi.mocked(taskApi.listTasks).mockResolvedValue({
      items: [aTask({ id: 'a', position: '5' })],
      next_cursor: null,
    })
    await tasks.load(OPEN)
    const answer = deferred<Task>()
    vi.mocked(taskApi.createTask).mockReturnValue(answer.promise)
    const created = tasks.create({ id: 'new', title: 'New', project_id: P })
    await tasks.load(OPEN)
    expect(ids(tasks.itemsOf(OPEN))).toEqual(['a', 'new'])
    answer.resolve(aTask({ id: 'new', position: '9' }))
    await created
    expect(ids(tasks.itemsOf(OPEN))).toEqual(['a', 'new'])
  })
})

test('answers for the previous person do not fill the cleared stores', async () => {
  const list = deferred<Page<Task>>()
  const all = deferred<ReturnType<typeof aProject>[]>()
  const news = deferred<Page<ReturnType<typeof aNotification>>>()
  const members = deferred<Member[]>()
  vi.mocked(taskApi.listTasks).mockReturnValue(list.promise)
  vi.mocked(projectApi.listProjects).mockReturnValue(all.promise)
  vi.mocked(projectApi.listMembers).mockReturnValue(members.promise)
  vi.mocked(notificationApi.listNotifications).mockReturnValue(news.promise)
  const deleted = deferred<ReturnType<typeof aProject>[]>()
  vi.mocked(projectApi.listDeletedProjects).mockReturnValue(deleted.promise)
  const loads = [
    tasks.load({}),
    projects.load(),
    notifications.load(),
    projects.loadMembers(P),
    projects.loadTrash(),
  ]
  for (const store of [tasks, projects, notifications]) store.reset()
  list.resolve({ items: [aTask()], next_cursor: null })
  all.resolve([aProject()])
  deleted.resolve([aProject()])
  news.resolve({ items: [aNotification()], next_cursor: null })
  members.resolve([member('someone')])
  await Promise.all(loads)
  expect(tasks.byId.size).toBe(0)
  expect(projects.byId.size).toBe(0)
  expect(projects.trash).toEqual([])
  expect(projects.membersOf(P)).toEqual([])
  expect(notifications.items).toEqual([])
  expect(projects.loaded).toBe(false)
})
