// The shapes of the contract in docs/api.md, by hand. Nothing here knows Vue or Axios.

export type Uuid = string
/** RFC 3339, UTC. */
export type Instant = string
/** `YYYY-MM-DD`, without a zone. */
export type Day = string
export type Language = 'en' | 'zh-CN'

export interface Page<T> {
  items: T[]
  next_cursor: string | null
}

export interface User {
  id: Uuid
  email: string
  name: string
  language: Language
  time_zone: string
  is_admin: boolean
  version: number
  created_at: Instant
}

export interface Session {
  user: User
  access_token: string
  token_type: string
  expires_in: number
}

export interface RegisterInput {
  email: string
  password: string
  name?: string
  language?: Language
  time_zone?: string
}

export interface LoginInput {
  email: string
  password: string
}

export type ProfilePatch = Partial<Pick<User, 'name' | 'language' | 'time_zone'>>

export interface DeviceSession {
  id: Uuid
  user_agent: string | null
  ip_address: string | null
  created_at: Instant
  last_used_at: Instant
  current: boolean
}

export type Role = 'owner' | 'editor' | 'viewer'

export interface Project {
  id: Uuid
  name: string
  color: string | null
  icon: string | null
  is_inbox: boolean
  owner_id: Uuid
  role: Role
  position: string
  archived_at: Instant | null
  member_count: number
  open_tasks: number
  deleted_at: Instant | null
  created_at: Instant
  updated_at: Instant
  version: number
}

/** A project as all members see it: what is mine (role, place, count) is absent. */
export type SharedProject = Omit<Project, 'role' | 'position' | 'open_tasks'>

export interface ProjectInput {
  id?: Uuid
  name: string
  color?: string | null
  icon?: string | null
}

export interface ProjectPatch {
  name?: string
  color?: string | null
  icon?: string | null
  archived?: boolean
  /** The project to come after in my own order; `null` is the first place. */
  after?: Uuid | null
}

export interface Member {
  user_id: Uuid
  name: string
  email: string
  role: Role
  joined_at: Instant
}

export interface Tag {
  id: Uuid
  project_id: Uuid
  name: string
  color: string | null
  version: number
}

export interface TagInput {
  id?: Uuid
  name: string
  color?: string | null
}

export const TASK_STATUSES = ['todo', 'in_progress', 'done', 'cancelled'] as const
export type TaskStatus = (typeof TASK_STATUSES)[number]

export const TASK_PRIORITIES = ['none', 'low', 'medium', 'high', 'urgent'] as const
export type TaskPriority = (typeof TASK_PRIORITIES)[number]

export interface HighlightPiece {
  text: string
  match: boolean
}

export interface Task {
  id: Uuid
  project_id: Uuid
  parent_id: Uuid | null
  title: string
  description: string | null
  status: TaskStatus
  priority: TaskPriority
  tags: string[]
  assignee_id: Uuid | null
  created_by: Uuid | null
  start_date: Day | null
  start_at: Instant | null
  due_date: Day | null
  due_at: Instant | null
  position: string
  subtasks: { total: number; done: number }
  completed_at: Instant | null
  deleted_at: Instant | null
  created_at: Instant
  updated_at: Instant
  version: number
  /** Only in the answers of a search. */
  highlights?: { title: HighlightPiece[]; description: HighlightPiece[] | null }
}

export interface TaskFields {
  title: string
  description: string | null
  status: TaskStatus
  priority: TaskPriority
  project_id: Uuid
  parent_id: Uuid | null
  tags: string[]
  assignee_id: Uuid | null
  start_date: Day | null
  start_at: Instant | null
  due_date: Day | null
  due_at: Instant | null
  /** The task to come after in the manual order; `null` is the first place. */
  after: Uuid | null
}

export type TaskPatch = Partial<TaskFields>
export type TaskInput = TaskPatch & { title: string; id?: Uuid }

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

export interface TaskCounts {
  total: number
  by_status: Record<TaskStatus, number>
}

export interface DashboardFigures {
  due_today: number
  overdue: number
  due_week: number
  open: number
  in_progress: number
  completed_today: number
  completed_by_day: { date: Day; completed: number }[]
}

interface NotificationBase {
  id: Uuid
  actor: { id: Uuid; name: string } | null
  task: { id: Uuid; title: string } | null
  project: { id: Uuid; name: string } | null
  created_at: Instant
  read_at: Instant | null
}

export type Notification = NotificationBase &
  (
    | { kind: 'task.assigned'; data: Record<string, unknown> }
    | { kind: 'task.status_changed'; data: { from: TaskStatus; to: TaskStatus } }
    | { kind: 'project.member_added'; data: { role: Role } }
  )
