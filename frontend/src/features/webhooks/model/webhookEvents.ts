// The events of a project that a webhook can be told of, in the groups in which a person chooses them. Each has its
// words in the locale files.

export const WEBHOOK_EVENT_GROUPS = {
  task: ['task.created', 'task.updated', 'task.deleted', 'task.restored', 'task.purged'],
  project: ['project.updated', 'project.deleted', 'project.restored', 'order.renewed'],
  member: ['member.added', 'member.updated', 'member.removed'],
  invitation: ['invitation.created', 'invitation.deleted'],
  tag: ['tag.created', 'tag.updated', 'tag.deleted'],
} as const

export type WebhookEventGroup = keyof typeof WEBHOOK_EVENT_GROUPS
export type WebhookEvent = (typeof WEBHOOK_EVENT_GROUPS)[WebhookEventGroup][number]

export const WEBHOOK_EVENTS: readonly WebhookEvent[] = Object.values(WEBHOOK_EVENT_GROUPS).flat()

/** The kind of a test event; it cannot be selected. */
export const TEST_EVENT = 'webhook.test'

export function isWebhookEvent(kind: unknown): kind is WebhookEvent {
  return WEBHOOK_EVENTS.some((event) => event === kind)
}

/** What a person reads of a URL first: where it leads. */
export function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url
}
