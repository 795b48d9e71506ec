// A text of a task that the server does not have yet, as it is kept in the browser (useTextDraft), by task and field.

export interface DraftBase {
  text: string
  version: number
}

export interface StoredDraft {
  text: string
  /** What the server had when the writing began. */
  base: DraftBase
  /** The task's title then, so that it can be named without asking; what an older version kept has none. */
  title?: string
}

export type DraftField = 'title' | 'description'

export function draftKey(taskId: string, field: DraftField): string {
  return `draft.${taskId}.${field}`
}

/** `null` for the key of something else: a form's text, say. */
export function draftOf(key: string): { taskId: string; field: DraftField } | null {
  const [, taskId, field] = /^draft\.([^.]+)\.(title|description)$/.exec(key) ?? []
  return taskId === undefined ? null : { taskId, field: field as DraftField }
}

export function isStoredDraft(value: unknown): value is StoredDraft {
  return typeof value === 'object' && value !== null && 'text' in value && 'base' in value
}
