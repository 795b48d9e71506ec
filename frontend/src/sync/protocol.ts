// The messages of the live connection, as documented in docs/api.md.
import type {
  Invitation,
  Member,
  Notification,
  Project,
  Reminder,
  SharedProject,
  Tag,
  Task,
  User,
  Uuid,
} from '@/api/types'

export type Topic = `project:${string}` | `user:${string}`
export type Revisions = Record<string, number>

/** The id of the project or user that the topic belongs to. */
export function topicId(topic: Topic): Uuid {
  return topic.slice(topic.indexOf(':') + 1)
}

/** Whether it is a user's topic, not a project's. */
export function isOwnTopic(topic: Topic): boolean {
  return topic.startsWith('user:')
}

export interface DeletedTask {
  id: Uuid
  subtask_ids?: Uuid[]
  /** Set when the task was moved to another project. */
  moved_to?: Uuid
}

interface EventBase {
  type: 'event'
  topic: Topic
  revision: number
  actor?: Uuid | null
  at: string
}

export type LiveEvent = EventBase &
  (
    | { kind: 'task.created' | 'task.updated' | 'task.restored'; data: Task }
    | { kind: 'task.deleted'; data: DeletedTask }
    | { kind: 'task.purged'; data: { id: Uuid } }
    | { kind: 'project.updated' | 'project.deleted' | 'project.restored'; data: SharedProject }
    | { kind: 'member.added' | 'member.updated'; data: Member }
    | { kind: 'member.removed'; data: { user_id: Uuid } }
    | { kind: 'invitation.created'; data: Invitation }
    | { kind: 'invitation.deleted'; data: { id: Uuid } }
    | { kind: 'tag.created' | 'tag.updated'; data: Tag }
    | { kind: 'tag.deleted'; data: { id: Uuid; name: string } }
    /** New keys for the same order: of a project's tasks, or of my projects. */
    | { kind: 'order.renewed'; data: { id: Uuid } }
    | { kind: 'project.joined' | 'project.changed'; data: Project }
    | { kind: 'project.left'; data: { id: Uuid } }
    | { kind: 'notification.created'; data: Notification }
    | { kind: 'notification.read'; data: { id: Uuid } | { all: true } }
    | { kind: 'reminder.created' | 'reminder.changed'; data: Reminder }
    | { kind: 'reminder.deleted'; data: { id: Uuid; task_id: Uuid } }
    | { kind: 'invitations.changed'; data: Record<string, never> }
    | { kind: 'user.updated'; data: User }
    | { kind: 'session.started' | 'session.ended'; data: { id: Uuid } }
  )

export type ServerMessage =
  | { type: 'ready'; topics: Revisions }
  | { type: 'authenticated' }
  | { type: 'resync'; topic: Topic; revision: number }
  | { type: 'error'; code: string; topic?: Topic; detail?: string }
  | LiveEvent

const TYPES = new Set(['ready', 'authenticated', 'resync', 'error', 'event'])

/** `null` for messages unknown to this version: a newer server may send more. */
export function parseMessage(text: unknown): ServerMessage | null {
  if (typeof text !== 'string') return null
  try {
    const message = JSON.parse(text) as ServerMessage
    return TYPES.has(message.type) ? message : null
  } catch {
    return null
  }
}
