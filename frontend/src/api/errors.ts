// What the server (or the network) refused, in one type. The client turns every failure into it.
import { AxiosHeaders, isAxiosError, isCancel } from 'axios'

export type ProblemType =
  | 'malformed-request'
  | 'unauthenticated'
  | 'session-ended'
  | 'account-disabled'
  | 'forbidden'
  /** The account is to be deleted; `current.due_at` says when. */
  | 'account-deletion'
  | 'not-found'
  | 'method-not-allowed'
  | 'conflict'
  | 'version-conflict'
  | 'quota-exceeded'
  | 'body-too-large'
  | 'unsupported-media-type'
  | 'validation'
  | 'rate-limited'
  | 'busy'
  | 'internal'
  | 'unavailable'
  /** It was being saved when the server lost its database: nobody knows whether it was done. */
  | 'outcome-unknown'
  /** The database has no room on its disk, or no memory. */
  | 'database-full'
  /** Whoever runs the server has to migrate the database. */
  | 'not-migrated'
  /** No answer came at all. */
  | 'network'
  /** We asked for it ourselves: the request was aborted. */
  | 'cancelled'
  /** An answer that is not one of ours, from a proxy for example. */
  | 'unknown'

/** What is wrong with a field. `message` is English and may change: programs look at the code. */
export interface FieldError {
  field: string
  /** One of `FieldError.code` in the OpenAPI document; a newer server may have others. */
  code: string
  params: Record<string, string | number>
  message: string
}

/** Which quota is reached, and how much it allows. */
export interface Quota {
  name: string
  limit: number
}

interface Problem {
  type: ProblemType
  status: number
  title: string
  detail?: string
  code?: string | undefined
  errors?: FieldError[]
  current?: unknown
  quota?: Quota | undefined
  requestId?: string
  retryAfter?: number
}

const TYPES: ReadonlySet<string> = new Set<ProblemType>([
  'malformed-request',
  'unauthenticated',
  'session-ended',
  'account-disabled',
  'forbidden',
  'account-deletion',
  'not-found',
  'method-not-allowed',
  'conflict',
  'version-conflict',
  'quota-exceeded',
  'body-too-large',
  'unsupported-media-type',
  'validation',
  'rate-limited',
  'busy',
  'internal',
  'unavailable',
  'outcome-unknown',
  'database-full',
  'not-migrated',
])

export class ApiError extends Error {
  readonly type: ProblemType
  readonly status: number
  readonly title: string
  readonly detail: string | undefined
  /** Why, where the type has several reasons: `Problem.code` in the OpenAPI document; a newer server may have others. */
  readonly code: string | undefined
  readonly errors: readonly FieldError[]
  /** The thing as it is now, with a 412. */
  readonly current: unknown
  /** With `quota-exceeded`. */
  readonly quota: Quota | undefined
  readonly requestId: string | undefined
  /** Seconds to wait before the next try. */
  readonly retryAfter: number | undefined

  constructor(problem: Problem, options?: ErrorOptions) {
    super(problem.detail ?? problem.title, options)
    this.name = 'ApiError'
    this.type = problem.type
    this.status = problem.status
    this.title = problem.title
    this.detail = problem.detail
    this.code = problem.code
    this.errors = problem.errors ?? []
    this.current = problem.current
    this.quota = problem.quota
    this.requestId = problem.requestId
    this.retryAfter = problem.retryAfter
  }

  /** Nobody refused it: the same request may well succeed later. */
  get mayPass(): boolean {
    if (this.type === 'cancelled') return false
    return this.status === 0 || this.status === 429 || this.status >= 500
  }

  /** The first error of each field. */
  get fields(): Partial<Record<string, FieldError>> {
    const fields: Partial<Record<string, FieldError>> = {}
    for (const error of this.errors) fields[error.field] ??= error
    return fields
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A server of an earlier version sends no codes. */
function fieldErrorFrom(value: unknown): FieldError[] {
  if (!isRecord(value) || typeof value.field !== 'string' || typeof value.message !== 'string') return []
  const { field, code, params, message } = value
  return [
    {
      field,
      code: typeof code === 'string' ? code : '',
      params: isRecord(params) ? (params as FieldError['params']) : {},
      message,
    },
  ]
}

function isQuota(value: unknown): value is Quota {
  return isRecord(value) && typeof value.name === 'string' && typeof value.limit === 'number'
}

function isProblemType(value: string): value is ProblemType {
  return TYPES.has(value)
}

/** `Retry-After` is a number of seconds or an HTTP date. */
export function parseRetryAfter(value: unknown, now = Date.now()): number | undefined {
  if (typeof value !== 'string' || value.trim() === '') return undefined
  const seconds = Number(value)
  if (Number.isFinite(seconds)) return Math.max(0, seconds)
  const date = Date.parse(value)
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - now) / 1000))
}

export function problemFrom(status: number, body: unknown, retryAfter?: unknown): ApiError {
  const problem = isRecord(body) ? body : {}
  const slug = typeof problem.type === 'string' ? (problem.type.split('/').pop() ?? '') : ''
  return new ApiError({
    type: isProblemType(slug) ? slug : 'unknown',
    status,
    title: typeof problem.title === 'string' ? problem.title : `HTTP ${status}`,
    detail: typeof problem.detail === 'string' ? problem.detail : undefined,
    code: typeof problem.code === 'string' ? problem.code : undefined,
    errors: Array.isArray(problem.errors) ? problem.errors.flatMap(fieldErrorFrom) : [],
    current: problem.current,
    quota: isQuota(problem.quota) ? problem.quota : undefined,
    requestId: typeof problem.request_id === 'string' ? problem.request_id : undefined,
    retryAfter: parseRetryAfter(retryAfter),
  })
}

export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error
  if (isCancel(error) || (error instanceof DOMException && error.name === 'AbortError')) {
    return new ApiError({ type: 'cancelled', status: 0, title: 'Cancelled' }, { cause: error })
  }
  if (isAxiosError(error) && error.response) {
    const { status, data, headers } = error.response
    return problemFrom(status, data, AxiosHeaders.from(headers as AxiosHeaders).get('retry-after'))
  }
  if (isAxiosError(error)) {
    return new ApiError({ type: 'network', status: 0, title: error.message }, { cause: error })
  }
  return new ApiError({ type: 'unknown', status: 0, title: String(error) }, { cause: error })
}
