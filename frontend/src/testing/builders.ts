// Test objects: complete, plain, and differing only in what the test is about.
import type { FieldError } from '@/api/errors'
import type {
  AdminDelivery,
  Announcement,
  Invitation,
  Notification,
  OwnDelivery,
  Project,
  Reminder,
  Session,
  Task,
  User,
  Webhook,
  WebhookDelivery,
} from '@/api/types'

const CREATED = '2026-11-20T08:00:00Z'

export function aFieldError(field: string, code: string, params: FieldError['params'] = {}): FieldError {
  return { field, code, params, message: 'says the server' }
}

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
  return {
    user: aUser(),
    access_token: 'token-1',
    token_type: 'Bearer',
    expires_in: 900,
    topics: { 'user:user-1': 1 },
    unread_notifications: 0,
    ...fields,
  }
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
    transfer_to: null,
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

export function anInvitation(fields: Partial<Invitation> = {}): Invitation {
  return {
    id: 'invitation-1',
    email: 'bo@example.com',
    role: 'editor',
    invited_by: { id: 'user-1', name: 'Ada' },
    url: 'https://todo.example.org/invitations/accept?token=abc',
    created_at: CREATED,
    expires_at: '2126-11-30T08:00:00Z',
    ...fields,
  }
}

export function anAdminDelivery(fields: Partial<AdminDelivery> = {}): AdminDelivery {
  return {
    id: 'delivery-1',
    channel: 'mail',
    kind: 'task.assigned',
    recipient: 'bo@example.com',
    user_id: 'user-2',
    state: 'parked',
    attempts: 3,
    unacknowledged: 0,
    last_error: 'permanent error (550): 5.1.1 mailbox unavailable',
    last_error_kind: 'refused',
    created_at: CREATED,
    next_attempt_at: null,
    sent_at: null,
    ...fields,
  }
}

export function anAnnouncement(fields: Partial<Announcement> = {}): Announcement {
  return {
    id: 'announcement-1',
    texts: { en: { title: 'Maintenance', text: 'Tonight at ten.' } },
    created_by: { id: 'user-1', name: 'Ada' },
    created_at: CREATED,
    recipients: 1200,
    reached: 1200,
    finished_at: CREATED,
    ...fields,
  }
}

export function aWebhook(fields: Partial<Webhook> = {}): Webhook {
  return {
    id: 'webhook-1',
    url: 'https://hooks.example.org/todo',
    events: [],
    is_active: true,
    disabled_reason: null,
    created_at: CREATED,
    updated_at: CREATED,
    last_status: 200,
    version: 1,
    ...fields,
  }
}

export function aWebhookDelivery(fields: Partial<WebhookDelivery> = {}): WebhookDelivery {
  return {
    id: 'message-1',
    event_type: 'task.created',
    state: 'sent',
    attempts: 1,
    created_at: CREATED,
    next_attempt_at: null,
    sent_at: CREATED,
    last_error: null,
    last_status: 200,
    ...fields,
  }
}
