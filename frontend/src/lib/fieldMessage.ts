// What the server says of a field, as a key of our own texts: the API speaks English, a person may not.

export interface FieldMessage {
  key: string
  values: Record<string, string>
}

const KNOWN: readonly (readonly [pattern: RegExp, key: string])[] = [
  [/^must have (?<min>\d+) to (?<max>\d+) characters$/, 'errors.fields.length'],
  [/^is too common/, 'errors.fields.common'],
  [/^must not be blank/, 'errors.fields.blank'],
  [/^must be one line|^must not have control characters/, 'errors.fields.controlCharacters'],
  [/^must not change the direction/, 'errors.fields.direction'],
  [/valid email/, 'errors.fields.email'],
  [/IANA time zone/, 'errors.fields.timeZone'],
  [/^is a moment that has passed$/, 'reminder.past'],
  [/^is a date that the task lacks$/, 'reminder.lacksDate'],
  [/^is not your password$/, 'errors.fields.wrongPassword'],
  [/^is not a URL/, 'webhooks.refusals.notUrl'],
  [/^must begin with https/, 'webhooks.refusals.notSecure'],
  [/^must not have a user name/, 'webhooks.refusals.credentials'],
  [/^must not have a fragment/, 'webhooks.refusals.fragment'],
  [/address that is not public$/, 'webhooks.refusals.notPublic'],
  [/^is one too many: a project has (?<max>\d+) webhooks/, 'webhooks.refusals.tooMany'],
  [/switch the webhook on first$/, 'webhooks.refusals.off'],
  [/^is not kept any more, so it cannot be sent again$/, 'webhooks.log.bodyGone'],
]

/** `null` for what we have no words for. */
export function fieldMessage(message: string): FieldMessage | null {
  for (const [pattern, key] of KNOWN) {
    const match = pattern.exec(message)
    if (match) return { key, values: { ...match.groups } }
  }
  return null
}
