import { api } from '@/api/call'
import type { Invitation, InvitationInput, InvitationPreview, Uuid } from '@/api/types'

export async function listInvitations(projectId: Uuid): Promise<Invitation[]> {
  return (await api.get('/projects/{id}/invitations', { path: { id: projectId } })).items
}

export async function createInvitation(projectId: Uuid, input: InvitationInput): Promise<Invitation> {
  return api.post('/projects/{id}/invitations', { path: { id: projectId }, body: input })
}

export async function sendInvitation(projectId: Uuid, id: Uuid): Promise<void> {
  await api.post('/projects/{id}/invitations/{invitation_id}/send', {
    path: { id: projectId, invitation_id: id },
  })
}

export async function deleteInvitation(projectId: Uuid, id: Uuid): Promise<void> {
  await api.delete('/projects/{id}/invitations/{invitation_id}', {
    path: { id: projectId, invitation_id: id },
  })
}

/** The target of a mail link; needs no sign-in. */
export async function previewInvitation(token: string): Promise<InvitationPreview> {
  return api.get('/invitations/accept', { query: { token } })
}

/** The project that the signed-in person is a member of now. */
export async function acceptInvitation(token: string): Promise<Uuid> {
  return (await api.post('/invitations/accept', { body: { token } })).project_id
}
