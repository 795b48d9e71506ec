// The export of all my data, and the end of my account.
import { api } from '@/api/call'
import type { DeletionInput, DeletionPreview, ExportStatus, Instant } from '@/api/types'

export async function getExport(): Promise<ExportStatus> {
  return api.get('/users/me/export')
}

export async function requestExport(): Promise<ExportStatus> {
  return api.post('/users/me/export')
}

export async function downloadExport(): Promise<Blob> {
  return api.get('/users/me/export/file', { responseType: 'blob', timeout: 0 })
}

export async function previewDeletion(): Promise<DeletionPreview> {
  return api.get('/users/me/deletion')
}

/** Gives when the account will be deleted. */
export async function deleteAccount(input: DeletionInput): Promise<Instant> {
  return (await api.post('/users/me/deletion', { body: input })).due_at
}
