// The text key of a quota.
import type { Quota } from '@/api/errors'

const NAMES = [
  'projects_per_user',
  'members_per_project',
  'tags_per_project',
  'tasks_per_project',
  'megabytes_per_day',
] as const

/** A newer server may have quotas that this page has no words for. */
export function quotaKey(quota: Quota | undefined): `quotas.${(typeof NAMES)[number] | 'other'}` {
  const name = NAMES.find((known) => known === quota?.name)
  return `quotas.${name ?? 'other'}`
}
