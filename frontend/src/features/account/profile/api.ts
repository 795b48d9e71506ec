// The export of all my data, and the end of my account.
import { http } from '@/api/client'
import type { DeletionInput, DeletionPreview, ExportStatus, Instant } from '@/api/types'

export async function getExport(): Promise<ExportStatus> {
  return (await http.get<ExportStatus>('/users/me/export')).data
}

export async function requestExport(): Promise<ExportStatus> {
  return (await http.post<ExportStatus>('/users/me/export')).data
}

export async function downloadExport(): Promise<Blob> {
  return (await http.get<Blob>('/users/me/export/file', { responseType: 'blob', timeout: 0 })).data
}

export async function previewDeletion(): Promise<DeletionPreview> {
  return (await http.get<DeletionPreview>('/users/me/deletion')).data
}

/** Gives when the account will be deleted. */
export async function deleteAccount(input: DeletionInput): Promise<Instant> {
  return (await http.post<{ due_at: Instant }>('/users/me/deletion', input)).data.due_at
}
