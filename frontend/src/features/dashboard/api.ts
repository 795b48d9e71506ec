import { api } from '@/api/call'
import type { DashboardFigures } from '@/api/types'

/** `mine` excludes other people's tasks. */
export async function getDashboard(days: number, mine: boolean): Promise<DashboardFigures> {
  return api.get('/dashboard', { query: { days, mine: mine || undefined } })
}
