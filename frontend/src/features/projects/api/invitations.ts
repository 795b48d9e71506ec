import { http } from '@/api/client'
import type { Invitation, InvitationInput, InvitationPreview, Page, Uuid } from '@/api/types'

export async function listInvitations(projectId: Uuid): Promise<Invitation[]> {
  return (await http.get<Page<Invitation>>(`/projects/${projectId}/invitations`)).data.items
}

export async function createInvitation(projectId: Uuid, input: InvitationInput): Promise<Invitation> {
  return (await http.post<Invitation>(`/projects/${projectId}/invitations`, input)).data
}

export async function sendInvitation(projectId: Uuid, id: Uuid): Promise<void> {
  await http.post(`/projects/${projectId}/invitations/${id}/send`)
}

export async function deleteInvitation(projectId: Uuid, id: Uuid): Promise<void> {
  await http.delete(`/projects/${projectId}/invitations/${id}`)
}

/** The target of a mail link; needs no sign-in. */
export async function previewInvitation(token: string): Promise<InvitationPreview> {
  return (await http.get<InvitationPreview>('/invitations/accept', { params: { token } })).data
}

/** The project that the signed-in person is a member of now. */
export async function acceptInvitation(token: string): Promise<Uuid> {
  return (await http.post<{ project_id: Uuid }>('/invitations/accept', { token })).data.project_id
}
