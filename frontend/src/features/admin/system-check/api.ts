import { api } from '@/api/call'
import type { DoctorReport } from '@/api/types'

export async function getDoctorReport(): Promise<DoctorReport> {
  return api.get('/admin/doctor')
}
