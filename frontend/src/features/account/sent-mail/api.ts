import { http } from '@/api/client'
import type { OwnDelivery, Page } from '@/api/types'

/** What was sent to the person, newest first. */
export async function listDeliveries(cursor?: string): Promise<Page<OwnDelivery>> {
  return (await http.get<Page<OwnDelivery>>('/deliveries', { params: { cursor } })).data
}
