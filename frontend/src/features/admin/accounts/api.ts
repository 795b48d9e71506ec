import { api } from '@/api/call'
import type { Account, AccountDetails, Page, User, Uuid } from '@/api/types'

export type AccountAction = 'disable' | 'enable' | 'promote' | 'demote'

export async function listAccounts(q: string, cursor?: string): Promise<Page<Account>> {
  return api.get('/admin/accounts', { query: { q: q || undefined, cursor } })
}

export async function getAccount(id: Uuid): Promise<AccountDetails> {
  return api.get('/admin/accounts/{id}', { path: { id } })
}

/** The reason goes with `disable` only. */
export async function changeAccount(id: Uuid, action: AccountAction, reason = ''): Promise<AccountDetails> {
  const path = { id }
  if (action !== 'disable') return api.post(`/admin/accounts/{id}/${action}`, { path })
  return api.post('/admin/accounts/{id}/disable', { path, body: reason ? { reason } : {} })
}

/** Gives how many sessions have ended. */
export async function endAccountSessions(id: Uuid): Promise<number> {
  return (await api.post('/admin/accounts/{id}/end-sessions', { path: { id } })).ended
}

export async function deleteAccount(id: Uuid): Promise<void> {
  await api.delete('/admin/accounts/{id}', { path: { id } })
}

export async function transferProject(projectId: Uuid, userId: Uuid): Promise<void> {
  await api.post('/admin/projects/{id}/transfer', { path: { id: projectId }, body: { user_id: userId } })
}

export async function becomeAdministrator(code: string): Promise<User> {
  return api.post('/setup/administrator', { body: { code } })
}
