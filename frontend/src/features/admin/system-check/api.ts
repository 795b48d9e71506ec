import { http } from '@/api/client'
import type { DoctorReport } from '@/api/types'

export async function getDoctorReport(): Promise<DoctorReport> {
  return (await http.get<DoctorReport>('/admin/doctor')).data
}
