import { http } from './client'
import type { DashboardFigures } from './types'

export async function getDashboard(days = 14): Promise<DashboardFigures> {
  return (await http.get<DashboardFigures>('/dashboard', { params: { days } })).data
}
