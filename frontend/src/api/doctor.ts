import { http } from './client'
import type { DoctorReport } from './types'

export async function getDoctorReport(): Promise<DoctorReport> {
  return (await http.get<DoctorReport>('/admin/doctor')).data
}
