import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, test, vi } from 'vitest'
import { ApiError } from '@/api/errors'
import type { Project, SharedProject } from '@/api/types'
import * as notificationApi from '@/features/notifications/api/notifications'
import { useNotificationStore } from '@/features/notifications/store/notifications'
import * as invitationApi from '@/features/projects/api/invitations'
import * as ownInvitationApi from '@/features/projects/api/ownInvitations'
import * as projectApi from '@/features/projects/api/projects'
import * as tagApi from '@/features/projects/api/tags'
import { useOpenInvitationStore } from '@/features/projects/store/openInvitations'
import { useProjectStore } from '@/features/projects/store/projects'
import * as reminderApi from '@/features/reminders/api'
import { useReminderStore } from '@/features/reminders/store/reminders'
import { useAuthStore } from '@/features/session/store/auth'
import * as taskApi from '@/features/tasks/api'
import { useTaskStore } from '@/features/tasks/store/tasks'
import type { LiveEvent, Topic } from '@/sync/protocol'
import { createRegistry } from '@/sync/registry'
import { anInvitation, aNotification, aProject, aReminder, aTask, aUser } from '@/testing/builders'
import { liveFeatures } from './live-events'

vi.mock('@/features/tasks/api')
vi.mock('@/features/projects/api/projects')
vi.mock('@/features/reminders/api')
vi.mock('@/features/projects/api/tags')
vi.mock('@/features/notifications/api/notifications')
vi.mock('@/features/projects/api/invitations')
vi.mock('@/features/projects/api/ownInvitations')

const control = { unfollow: vi.fn() }
let apply: ReturnType<typeof createRegistry>
let tasks: ReturnType<typeof useTaskStore>
let projects: ReturnType<typeof useProjectStore>

type Happening = LiveEvent extends infer E ? (E extends LiveEvent ? Pick<E, 'kind' | 'data'> : never) : never

function happen(topic: Topic, happening: Happening, revision = 1): void {
  apply.applyEvent({
    type: 'event',
    topic,
    revision,
    at: '2026-11-23T08:00:00Z',
    ...happening,
  } as LiveEvent)
}

beforeEach(() => {
  setActivePinia(createPinia())
  vi.resetAllMocks()
  vi.mocked(projectApi.listProjects).mockResolvedValue([])
  vi.mocked(taskApi.listTasks).mockResolvedValue({ items: [], next_cursor: null })
  apply = createRegistry(control)
  apply.setFeatures(liveFeatures())
  tasks = useTaskStore()
  projects = useProjectStore()
  projects.receive(aProject({ open_tasks: 1 }))
  tasks.hold('task-1')
  tasks.receive(aTask({ version: 3 }))
})

test('a task is updated, but never by an older version', () => {
  happen('project:project-1', { kind: 'task.updated', data: aTask({ title: 'New', version: 4 }) })
  happen('project:project-1', { kind: 'task.updated', data: aTask({ title: 'Old', version: 2 }) })
  expect(tasks.get('task-1')?.title).toBe('New')
})

test('renewed order keys reload their lists', async () => {
  const shown = await tasks.load({ project_id: 'project-1' })
  shown.watchers = 1
  vi.mocked(taskApi.listTasks).mockClear()
  happen('project:project-1', { kind: 'order.renewed', data: { id: 'project-1' } })
  expect(taskApi.listTasks).toHaveBeenCalledTimes(1)
  expect(projectApi.listProjects).not.toHaveBeenCalled()
  happen('user:me', { kind: 'order.renewed', data: { id: 'me' } })
  expect(taskApi.listTasks).toHaveBeenCalledTimes(1)
  expect(projectApi.listProjects).toHaveBeenCalled()
})

test('my invitations are reloaded where they are shown', () => {
  vi.mocked(ownInvitationApi.listOwnInvitations).mockResolvedValue([])
  happen('user:user-1', { kind: 'invitations.changed', data: {} })
  expect(ownInvitationApi.listOwnInvitations).not.toHaveBeenCalled()
  useAuthStore().user = aUser()
  useOpenInvitationStore().show()
  happen('user:user-1', { kind: 'invitations.changed', data: {} })
  expect(ownInvitationApi.listOwnInvitations).toHaveBeenCalledTimes(2)
})

test('a deleted task is removed with its subtasks', () => {
  tasks.receive(aTask({ id: 'child', parent_id: 'task-1' }))
  happen('project:project-1', { kind: 'task.deleted', data: { id: 'task-1', subtask_ids: ['child'] } })
  expect(tasks.byId.size).toBe(0)
})

test('a resync updates the open task and closes a deleted one', async () => {
  vi.mocked(taskApi.getTask).mockResolvedValueOnce(aTask({ title: 'Now', version: 9 }))
  await apply.applyResync(new Set<Topic>(['project:project-1']))
  expect(tasks.get('task-1')?.title).toBe('Now')

  await apply.applyResync(new Set<Topic>(['project:project-3']))
  expect(taskApi.getTask).toHaveBeenCalledTimes(1)

  const gone = new ApiError({ type: 'not-found', status: 404, title: 'Not found' })
  vi.mocked(taskApi.getTask).mockRejectedValueOnce(gone)
  await apply.applyResync(new Set<Topic>(['project:project-1']))
  expect(tasks.get('task-1')).toBeUndefined()
})

test('a joined project appears and its contents are loaded', () => {
  tasks.listOf({ due: 'today' }).watchers = 1
  happen('user:user-1', { kind: 'project.joined', data: aProject({ id: 'project-2' }) })
  expect(projects.get('project-2')).toBeDefined()
  expect(taskApi.listTasks).toHaveBeenCalledWith({ due: 'today' }, undefined)
})

test('a project I left is removed with its tasks', () => {
  happen('user:user-1', { kind: 'project.left', data: { id: 'project-1' } })
  expect(projects.get('project-1')).toBeUndefined()
  expect(tasks.get('task-1')).toBeUndefined()
  expect(control.unfollow).toHaveBeenCalledWith('project:project-1')
})

test('a project event keeps my own fields', () => {
  const shared: Partial<Project> = aProject({ name: 'Home', version: 2 })
  delete shared.role
  delete shared.position
  delete shared.open_tasks
  projects.receive(aProject({ role: 'editor', position: 'c0' }))
  happen('project:project-1', { kind: 'project.updated', data: shared as SharedProject })
  expect(projects.get('project-1')).toMatchObject({ name: 'Home', role: 'editor', position: 'c0' })
})

test('only the owner loads the address of a new member', async () => {
  const ada = { user_id: 'user-1', name: 'Ada', role: 'owner', joined_at: '2026-11-23T08:00:00Z' } as const
  const bo = { ...ada, user_id: 'user-2', name: 'Bo', role: 'viewer', email: null } as const
  vi.mocked(projectApi.listMembers).mockResolvedValue([{ ...ada, email: 'ada@example.com' }])
  await projects.loadMembers('project-1')

  projects.receive(aProject({ role: 'editor' }))
  happen('project:project-1', { kind: 'member.added', data: bo })
  expect(projectApi.listMembers).toHaveBeenCalledTimes(1)
  expect(projects.findMember('project-1', 'user-2')).toMatchObject({ name: 'Bo' })

  projects.receive(aProject({ role: 'owner' }))
  vi.mocked(projectApi.listMembers).mockResolvedValue([
    { ...ada, email: 'ada@example.com' },
    { ...bo, email: 'bo@example.com' },
  ])
  happen('project:project-1', { kind: 'member.added', data: bo })
  await vi.waitFor(() => expect(projects.findMember('project-1', 'user-2')?.email).toBe('bo@example.com'))
  happen('project:project-1', { kind: 'member.updated', data: { ...bo, role: 'editor' } })
  expect(projects.findMember('project-1', 'user-2')).toMatchObject({
    role: 'editor',
    email: 'bo@example.com',
  })
})

test('a removed member is unassigned', () => {
  tasks.receive(aTask({ assignee_id: 'user-2', version: 4 }))
  happen('project:project-1', { kind: 'member.removed', data: { user_id: 'user-2' } })
  expect(tasks.get('task-1')?.assignee_id).toBeNull()
})

test('reminders of the open task follow other tabs and reload after a disconnect', async () => {
  vi.mocked(reminderApi.listReminders).mockResolvedValue([])
  const reminders = useReminderStore()
  reminders.show('task-1')
  await vi.waitFor(() => expect(reminders.loaded).toBe(true))
  happen('user:user-1', { kind: 'reminder.created', data: aReminder() })
  happen('user:user-1', { kind: 'reminder.created', data: aReminder({ id: 'other', task_id: 'task-2' }) })
  expect(reminders.items.map(({ id }) => id)).toEqual(['reminder-1'])
  const fired_at = '2026-11-24T08:00:00Z'
  happen('user:user-1', { kind: 'reminder.changed', data: aReminder({ fired_at }) })
  expect(reminders.items).toEqual([aReminder({ fired_at })])
  happen('user:user-1', { kind: 'reminder.deleted', data: { id: 'reminder-1', task_id: 'task-1' } })
  expect(reminders.items).toEqual([])
  await apply.applyResync(new Set<Topic>(['user:user-1']))
  expect(reminderApi.listReminders).toHaveBeenCalledTimes(2)
})

test('notifications arrive and are read elsewhere', () => {
  const notifications = useNotificationStore()
  happen('user:user-1', { kind: 'notification.created', data: aNotification() })
  happen('user:user-1', { kind: 'notification.created', data: aNotification() })
  expect(notifications.unread).toBe(1)
  happen('user:user-1', { kind: 'notification.read', data: { id: 'notification-1' } }, 2)
  happen('user:user-1', { kind: 'notification.read', data: { id: 'notification-1' } }, 2)
  expect(notifications.unread).toBe(0)
  expect(notifications.items[0]?.read_at).not.toBeNull()
})

test('a resync reloads each shown list once', async () => {
  tasks.listOf({ project_id: 'project-1' }).watchers = 1
  tasks.listOf({ due: 'today' }).watchers = 1
  tasks.listOf({ project_id: 'project-3' }).watchers = 1
  await apply.applyResync(new Set<Topic>(['project:project-1', 'project:project-2', 'user:user-1']))
  const queries = vi.mocked(taskApi.listTasks).mock.calls.map(([query]) => query)
  expect(queries).toEqual([{ project_id: 'project-1' }, { due: 'today' }])
  expect(projectApi.listProjects).toHaveBeenCalled()
  expect(notificationApi.countUnread).toHaveBeenCalled()
})

test('invitations are added and removed where they are shown', async () => {
  const list = vi.mocked(invitationApi.listInvitations)
  const event = { kind: 'invitation.created', data: anInvitation({ url: null }) } as const
  happen('project:project-1', event)
  expect(list).not.toHaveBeenCalled()
  list.mockResolvedValue([])
  await projects.loadInvitations('project-1')
  list.mockResolvedValue([anInvitation()])
  happen('project:project-1', event)
  await vi.waitFor(() => expect(projects.invitationsOf('project-1')).toHaveLength(1))
  // Sent again: it is valid for longer, by the same link.
  const renewed = anInvitation({ url: null, expires_at: '2127-01-01T08:00:00Z' })
  happen('project:project-1', { kind: 'invitation.created', data: renewed })
  expect(projects.invitationsOf('project-1')).toEqual([{ ...renewed, url: anInvitation().url }])
  expect(list).toHaveBeenCalledTimes(2)
  happen('project:project-1', { kind: 'invitation.deleted', data: { id: 'invitation-1' } })
  expect(projects.invitationsOf('project-1')).toEqual([])
})

test('tags are reloaded where they were loaded, for many projects at once', async () => {
  vi.mocked(tagApi.listTags).mockResolvedValue([])
  await apply.applyResync(new Set<Topic>(['project:project-1', 'project:project-2']))
  expect(tagApi.listTags).not.toHaveBeenCalled()
  projects.ensureTags()
  await apply.applyResync(new Set<Topic>(['project:project-1', 'project:project-2']))
  happen('user:user-1', { kind: 'project.joined', data: aProject({ id: 'project-4' }) })
  expect(vi.mocked(tagApi.listTags).mock.calls).toEqual([[undefined], [undefined], ['project-4']])
})
