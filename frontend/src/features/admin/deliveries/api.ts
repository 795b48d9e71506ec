import { http } from '@/api/client'
import type { AdminDelivery, DeliveryFilter, Page, Uuid } from '@/api/types'

export async function listAllDeliveries(
  filter: DeliveryFilter,
  cursor?: string,
): Promise<Page<AdminDelivery>> {
  return (await http.get<Page<AdminDelivery>>('/admin/deliveries', { params: { ...filter, cursor } })).data
}

export async function retryDelivery(id: Uuid): Promise<AdminDelivery> {
  return (await http.post<AdminDelivery>(`/admin/deliveries/${id}/retry`)).data
}

/** All parked ones, or those of a kind or channel; gives their number. */
export async function retryDeliveries(filter: Omit<DeliveryFilter, 'state'>): Promise<number> {
  return (await http.post<{ retried: number }>('/admin/deliveries/retry', filter)).data.retried
}
