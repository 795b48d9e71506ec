// Things for tests: complete, plain, and different only in what the test is about.
import type { Notification, OwnDelivery, Project, Reminder, Session, Task, User } from '@/api/types'

const CREATED = '2026-11-20T08:00:00Z'

export function aUser(fields: Partial<User> = {}): User {
  return {
    id: 'user-1',
    email: 'ada@example.com',
    name: 'Ada',
    language: 'en',
    time_zone: 'UTC',
    is_admin: false,
    email_verified_at: null,
    version: 1,
    created_at: CREATED,
    ...fields,
  }
}

export function aSession(fields: Partial<Session> = {}): Session {
  return { user: aUser(), access_token: 'token-1', token_type: 'Bearer', expires_in: 900, ...fields }
}

export function aTask(fields: Partial<Task> = {}): Task {
  return {
    id: 'task-1',
    project_id: 'project-1',
    parent_id: null,
    title: 'Write the report',
    description: '',
    status: 'todo',
    priority: 'none',
    tags: [],
    assignee_id: null,
    created_by: 'user-1',
    start_date: null,
    start_at: null,
    due_date: null,
    due_at: null,
    position: '80',
    subtasks: { total: 0, done: 0 },
    completed_at: null,
    deleted_at: null,
    created_at: CREATED,
    updated_at: CREATED,
    version: 1,
    ...fields,
  }
}

export function aProject(fields: Partial<Project> = {}): Project {
  return {
    id: 'project-1',
    name: 'House',
    color: '#4f5bd5',
    icon: 'dot',
    is_inbox: false,
    owner_id: 'user-1',
    role: 'owner',
    position: '80',
    archived_at: null,
    member_count: 1,
    open_tasks: 0,
    deleted_at: null,
    created_at: CREATED,
    updated_at: CREATED,
    version: 1,
    ...fields,
  }
}

export function aNotification(fields: Partial<Notification> = {}): Notification {
  return {
    id: 'notification-1',
    kind: 'task.assigned',
    actor: { id: 'user-2', name: 'Bo' },
    task: { id: 'task-1', title: 'Write the report' },
    project: { id: 'project-1', name: 'House' },
    data: {},
    created_at: CREATED,
    read_at: null,
    ...fields,
  } as Notification
}

export function aReminder(fields: Partial<Reminder> = {}): Reminder {
  return {
    id: 'reminder-1',
    task_id: 'task-1',
    remind_at: null,
    relative_to: 'due',
    before: { days: 0, minutes: 60 },
    fires_at: '2026-11-24T08:00:00Z',
    fired_at: null,
    created_at: CREATED,
    ...fields,
  }
}

export function aDelivery(fields: Partial<OwnDelivery> = {}): OwnDelivery {
  return {
    id: 'delivery-1',
    channel: 'mail',
    kind: 'task.assigned',
    subject: 'Bo assigned “Write the report” to you',
    address: 'ada@example.com',
    state: 'sent',
    created_at: CREATED,
    due_at: null,
    sent_at: '2026-11-20T08:00:02Z',
    attempts: 1,
    error: null,
    ...fields,
  }
}
