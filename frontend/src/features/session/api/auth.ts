import { http } from '@/api/client'
import type { DeviceSession, LoginInput, Page, RegisterInput, Session, User, Uuid } from '@/api/types'

/** `null`: a mail is on its way to the address, and the link in it signs in. */
export async function register(input: RegisterInput): Promise<Session | null> {
  const { status, data } = await http.post<Session>('/auth/register', input, { withoutRenewal: true })
  return status === 202 ? null : data
}

export async function login(input: LoginInput): Promise<Session> {
  return (await http.post<Session>('/auth/login', input, { withoutRenewal: true })).data
}

export async function logout(): Promise<void> {
  await http.post('/auth/logout', null, { withoutRenewal: true, outlivesSession: true })
}

export async function listSessions(): Promise<DeviceSession[]> {
  return (await http.get<Page<DeviceSession>>('/auth/sessions')).data.items
}

export async function endSession(id: Uuid): Promise<void> {
  await http.delete(`/auth/sessions/${id}`)
}

export async function endOtherSessions(): Promise<number> {
  return (await http.post<{ ended: number }>('/auth/sessions/end-others')).data.ended
}

export async function changePassword(currentPassword: string, newPassword: string): Promise<void> {
  await http.post('/auth/password', { current_password: currentPassword, new_password: newPassword })
}

/** The answer does not tell whether there is such an account. */
export async function requestPasswordReset(email: string): Promise<void> {
  await http.post('/auth/password-reset', { email }, { withoutRenewal: true })
}

/** The address of the account, to sign in with. */
export async function resetPassword(token: string, password: string): Promise<string> {
  const answer = await http.post<{ email: string }>(
    '/auth/password-reset/confirm',
    { token, password },
    { withoutRenewal: true },
  )
  return answer.data.email
}

/** A session when the link has made the account; `null` when it has confirmed the address of one that was there. */
export async function confirmEmail(token: string, password?: string): Promise<Session | null> {
  const answer = await http.post<Session>(
    '/auth/email/confirm',
    { token, password },
    { withoutRenewal: true },
  )
  return answer.status === 204 ? null : answer.data
}

/** The profile when the address has changed at once; `null` when a mail is on its way to it. */
export async function changeAddress(email: string, password: string): Promise<User | null> {
  const { status, data } = await http.post<User>('/users/me/email', { email, password })
  return status === 202 ? null : data
}

/** The address that the account has again. */
export async function takeAddressBack(token: string): Promise<string> {
  const answer = await http.post<{ email: string }>(
    '/auth/email/take-back',
    { token },
    { withoutRenewal: true },
  )
  return answer.data.email
}

export async function resendConfirmation(): Promise<void> {
  await http.post('/auth/email/resend')
}
