import { http } from '@/api/client'
import type { Account, AccountDetails, Page, User, Uuid } from '@/api/types'

export type AccountAction = 'disable' | 'enable' | 'promote' | 'demote'

export async function listAccounts(q: string, cursor?: string): Promise<Page<Account>> {
  return (await http.get<Page<Account>>('/admin/accounts', { params: { q: q || undefined, cursor } })).data
}

export async function getAccount(id: Uuid): Promise<AccountDetails> {
  return (await http.get<AccountDetails>(`/admin/accounts/${id}`)).data
}

/** The reason goes with `disable` only. */
export async function changeAccount(id: Uuid, action: AccountAction, reason = ''): Promise<AccountDetails> {
  const body = action === 'disable' && reason ? { reason } : {}
  return (await http.post<AccountDetails>(`/admin/accounts/${id}/${action}`, body)).data
}

/** Gives how many sessions have ended. */
export async function endAccountSessions(id: Uuid): Promise<number> {
  return (await http.post<{ ended: number }>(`/admin/accounts/${id}/end-sessions`)).data.ended
}

export async function deleteAccount(id: Uuid): Promise<void> {
  await http.delete(`/admin/accounts/${id}`)
}

export async function transferProject(projectId: Uuid, userId: Uuid): Promise<void> {
  await http.post(`/admin/projects/${projectId}/transfer`, { user_id: userId })
}

export async function becomeAdministrator(code: string): Promise<User> {
  return (await http.post<User>('/setup/administrator', { code })).data
}
