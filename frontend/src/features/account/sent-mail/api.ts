import { api } from '@/api/call'
import type { OwnDelivery, Page } from '@/api/types'

/** What was sent to the person, newest first. */
export async function listDeliveries(cursor?: string): Promise<Page<OwnDelivery>> {
  return api.get('/deliveries', { query: { cursor } })
}
