import { http } from '@/api/client'
import type { DashboardFigures } from '@/api/types'

/** `mine` leaves out what is others' to do. */
export async function getDashboard(days: number, mine: boolean): Promise<DashboardFigures> {
  return (await http.get<DashboardFigures>('/dashboard', { params: { days, mine: mine || undefined } })).data
}
