import { http } from '@/api/client'
import type { BlockedPerson, OwnInvitation, Page, Uuid } from '@/api/types'

export async function listOwnInvitations(): Promise<OwnInvitation[]> {
  return (await http.get<Page<OwnInvitation>>('/users/me/invitations')).data.items
}

/** The project that the signed-in person is a member of now. */
export async function acceptOwnInvitation(id: Uuid): Promise<Uuid> {
  return (await http.post<{ project_id: Uuid }>(`/users/me/invitations/${id}/accept`)).data.project_id
}

export async function declineInvitation(id: Uuid, block: boolean): Promise<void> {
  await http.post(`/users/me/invitations/${id}/decline`, { block })
}

export async function listBlocked(): Promise<BlockedPerson[]> {
  return (await http.get<Page<BlockedPerson>>('/users/me/blocked')).data.items
}

export async function unblock(userId: Uuid): Promise<void> {
  await http.delete(`/users/me/blocked/${userId}`)
}
