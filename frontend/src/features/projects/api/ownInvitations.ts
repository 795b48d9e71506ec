import { api } from '@/api/call'
import type { BlockedPerson, OwnInvitation, Uuid } from '@/api/types'

export async function listOwnInvitations(): Promise<OwnInvitation[]> {
  return (await api.get('/users/me/invitations')).items
}

/** The project that the signed-in person is a member of now. */
export async function acceptOwnInvitation(id: Uuid): Promise<Uuid> {
  return (await api.post('/users/me/invitations/{invitation_id}/accept', { path: { invitation_id: id } }))
    .project_id
}

export async function declineInvitation(id: Uuid, block: boolean): Promise<void> {
  await api.post('/users/me/invitations/{invitation_id}/decline', {
    path: { invitation_id: id },
    body: { block },
  })
}

export async function listBlocked(): Promise<BlockedPerson[]> {
  return (await api.get('/users/me/blocked')).items
}

export async function unblock(userId: Uuid): Promise<void> {
  await api.delete('/users/me/blocked/{user_id}', { path: { user_id: userId } })
}
