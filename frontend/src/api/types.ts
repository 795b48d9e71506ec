// Names for the types of the API. They come from schema.d.ts, which is generated from the server's OpenAPI document (`make api`); only what
// that document lacks is written by hand. Independent of Vue and Axios.

import type { Day, Instant } from '@/lib/dates'
import type { components } from './schema'

type Schemas = components['schemas']

export type { Day, Instant }
export type Uuid = string

export interface Page<T> {
  items: T[]
  next_cursor: string | null
}

export type ServerInfo = Schemas['ServerInfo']

export type Language = Schemas['Language']
export type User = Schemas['Profile']
export type Session = Schemas['SignedIn']
export type UnreadCount = Schemas['UnreadCount']
export type RegisterInput = Schemas['Registration']
export type LoginInput = Schemas['Login']
export type ExportStatus = Schemas['ExportStatus']
export type DeletionPreview = Schemas['DeletionPreview']
export type DeletionInput = Schemas['DeletionRequest']
export type ProfilePatch = Schemas['ProfilePatch']
export type DeviceSession = Schemas['Session']

export type Role = Schemas['Role']
/** What an owner can make others. */
export type GrantedRole = Schemas['GrantedRole']
export type Project = Schemas['Project']
/** A project as all members see it, without the user's own role, position and count. */
export type SharedProject = Omit<Project, 'role' | 'position' | 'open_tasks'>
export type ProjectInput = Schemas['NewProject']
export type ProjectPatch = Schemas['ProjectPatch']
export type Member = Schemas['Member']
export type Tag = Schemas['Tag']
export type TagInput = Schemas['NewTag']
export type TagPatch = Schemas['TagPatch']

export type TaskStatus = Schemas['Status']
export const TASK_STATUSES = ['todo', 'in_progress', 'done', 'cancelled'] as const satisfies TaskStatus[]

export type TaskPriority = Schemas['Priority']
export const TASK_PRIORITIES = ['none', 'low', 'medium', 'high', 'urgent'] as const satisfies TaskPriority[]

export type HighlightPiece = Schemas['Piece']
export type Task = Schemas['Task'] & {
  /** Only in the answers of a search. */
  highlights?: Schemas['Highlights'] | null
}

/** The fields of a change; the server decides which ones `null` clears. */
export type TaskFields = Pick<
  Task,
  | 'title'
  | 'description'
  | 'status'
  | 'priority'
  | 'project_id'
  | 'parent_id'
  | 'tags'
  | 'assignee_id'
  | 'start_date'
  | 'start_at'
  | 'due_date'
  | 'due_at'
> & {
  /** The task to come after in the manual order; `null` is the first place. */
  after: Uuid | null
}

export type TaskPatch = Partial<TaskFields> & {
  /** In place of `tags`: those of others stay. */
  add_tags?: string[]
  remove_tags?: string[]
}
export type TaskInput = Partial<TaskFields> & { title: string; id?: Uuid }

export type TaskSortKey =
  | 'position'
  | 'created_at'
  | 'updated_at'
  | 'completed_at'
  | 'due'
  | 'priority'
  | 'title'
  | 'status'
  | 'relevance'
export type TaskSort = TaskSortKey | `-${TaskSortKey}`

export interface TaskFilter {
  project_id?: Uuid
  status?: TaskStatus[]
  priority?: TaskPriority[]
  /** All of them must be there; upper and lower case make no difference. */
  tag?: string[]
  /** A user's id, `me` or `none`. */
  assignee_id?: Uuid | 'me' | 'none'
  /** Only my own tasks: assigned to me, or unassigned and created by me or in a project that only I use. */
  mine?: boolean
  /** A task's id, or `none` for top-level tasks only. */
  parent_id?: Uuid | 'none'
  due?: 'today' | 'week' | 'overdue' | 'none'
  /** A day or an instant: after ≤ due < before. */
  due_after?: Day | Instant
  due_before?: Day | Instant
  q?: string
  archived?: boolean
}

export interface TaskQuery extends TaskFilter {
  sort?: TaskSort
  limit?: number
}

export type KnownPerson = Schemas['KnownPerson']
export type TaskCounts = Schemas['TaskCounts']
export type DashboardFigures = Schemas['Dashboard']

/** A task's due date, in the one or the other form. */
interface DueData {
  due_date?: Day | null
  due_at?: Instant | null
}
export type ProjectChange =
  'renamed' | 'archived' | 'unarchived' | 'deleted' | 'restored' | 'role_changed' | 'member_removed'

export type OwnershipStep = 'offered' | 'accepted' | 'declined' | 'received' | 'handed_over' | 'inherits'

type NotificationBase = Omit<Schemas['Notification'], 'kind' | 'data'>

/** The document leaves `data` open; it depends on the kind. */
export type Notification = NotificationBase &
  (
    | { kind: 'task.assigned'; data: Record<string, unknown> }
    | { kind: 'task.status_changed'; data: { from: TaskStatus; to: TaskStatus } }
    | { kind: 'task.due_changed'; data: { from: Day | Instant | null; to: Day | Instant | null } }
    | { kind: 'task.reminder'; data: DueData & { at: Instant; late: boolean } }
    | { kind: 'task.due_soon' | 'task.overdue'; data: DueData }
    | { kind: 'project.member_added'; data: { role: Role } }
    | { kind: 'project.invited'; data: { invitation_id: Uuid; project: string; role: Role } }
    | { kind: 'project.changed'; data: { change: ProjectChange; name: string; from?: string; role?: Role } }
    | { kind: 'project.ownership'; data: { step: OwnershipStep; at?: Instant } }
    | { kind: 'project.task_added'; data: Record<string, unknown> }
    | { kind: 'account.export_ready'; data: { at: Instant } }
    | { kind: 'system.announcement'; data: { title: string; text: string } }
    | {
        kind: 'security.new_sign_in' | 'security.password_changed'
        data: { ip_address: string; user_agent: string }
      }
  )

export type Reminder = Schemas['Reminder']
/** How long before a date, in days of the calendar and minutes. */
export type ReminderLead = Schemas['LeadTime']
export type ReminderAnchor = Schemas['RelativeTo']
/** At a moment, or before a date of the task. */
export type ReminderInput = { id?: Uuid } & (
  { remind_at: Instant } | { relative_to: ReminderAnchor; before: ReminderLead }
)

export type KindPreference = Schemas['KindPreference']
export type Digest = Schemas['Digest']
export type QuietHours = Schemas['QuietHours']
export type NotificationPreferences = Schemas['Preferences']
/** What is absent stays. */
export interface NotificationPreferencesPatch {
  kinds?: (Pick<KindPreference, 'kind'> & Partial<Pick<KindPreference, 'in_app' | 'mail'>>)[]
  quiet_hours?: QuietHours | null
  digest?: Digest | null
}
export type Subscription = Schemas['Subscription']

/** What was sent to me, or is to be. */
export type OwnDelivery = Schemas['OwnDelivery']

export type DoctorReport = Schemas['DoctorReport']
export type ServerFinding = Schemas['Finding']

export type Invitation = Schemas['Invitation']
export type InvitationInput = Schemas['NewInvitation']
/** One to my address. */
export type OwnInvitation = Schemas['OwnInvitation']
export type BlockedPerson = Schemas['Blocked']
/** What the link of an invitation leads to. */
export type InvitationPreview = Schemas['InvitationPreview']

export type DeliveryState = Schemas['DeliveryState']
export const DELIVERY_STATES = ['parked', 'pending', 'sent'] as const satisfies DeliveryState[]
export type DeliveryChannel = Schemas['Channel']
export const DELIVERY_CHANNELS = ['mail', 'webhook'] as const satisfies DeliveryChannel[]
export type AdminDelivery = Schemas['AdminDelivery']
export interface DeliveryFilter {
  state?: DeliveryState
  channel?: DeliveryChannel
  kind?: string
}

export type AnnouncementText = Schemas['AnnouncementText']
/** A language that nothing was written in is absent. */
export type AnnouncementTexts = Partial<Record<Language, AnnouncementText | null>>
export type AnnouncementInput = Omit<Schemas['NewAnnouncement'], 'texts'> & { texts: AnnouncementTexts }
export type Announcement = Omit<Schemas['Announcement'], 'texts'> & { texts: AnnouncementTexts }

export type Account = Schemas['Account']
export type AccountDetails = Schemas['AccountDetails']
export type AccountProject = Schemas['AccountProject']

export type Webhook = Schemas['Webhook']
export type WebhookInput = Schemas['NewWebhook']
export type WebhookPatch = Schemas['WebhookPatch']
/** The secret appears only in the answer that created it. */
export type WebhookWithSecret = Schemas['WebhookWithSecret']
export type WebhookDelivery = Schemas['WebhookDelivery']
export type WebhookDeliveryDetails = Schemas['WebhookDeliveryDetails']
