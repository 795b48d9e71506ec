import { api } from '@/api/call'
import type { AdminDelivery, DeliveryFilter, Page, Uuid } from '@/api/types'

export async function listAllDeliveries(
  filter: DeliveryFilter,
  cursor?: string,
): Promise<Page<AdminDelivery>> {
  return api.get('/admin/deliveries', { query: { ...filter, cursor } })
}

export async function retryDelivery(id: Uuid): Promise<AdminDelivery> {
  return api.post('/admin/deliveries/{id}/retry', { path: { id } })
}

/** All parked ones, or those of a kind or channel; gives their number. */
export async function retryDeliveries(filter: Omit<DeliveryFilter, 'state'>): Promise<number> {
  return (await api.post('/admin/deliveries/retry', { body: filter })).retried
}
