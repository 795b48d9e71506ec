import { api } from '@/api/call'
import type { DeviceSession, LoginInput, RegisterInput, Session, User, Uuid } from '@/api/types'

/** `null`: a mail is on its way to the address, and the link in it signs in. */
export async function register(input: RegisterInput): Promise<Session | null> {
  return (await api.post('/auth/register', { withoutRenewal: true, body: input })) ?? null
}

export async function login(input: LoginInput): Promise<Session> {
  return api.post('/auth/login', { withoutRenewal: true, body: input })
}

export async function logout(): Promise<void> {
  await api.post('/auth/logout', { withoutRenewal: true, outlivesSession: true })
}

export async function listSessions(): Promise<DeviceSession[]> {
  return (await api.get('/auth/sessions')).items
}

export async function endSession(id: Uuid): Promise<void> {
  await api.delete('/auth/sessions/{id}', { path: { id } })
}

export async function endOtherSessions(): Promise<number> {
  return (await api.post('/auth/sessions/end-others')).ended
}

export async function changePassword(currentPassword: string, newPassword: string): Promise<void> {
  await api.post('/auth/password', { body: { current_password: currentPassword, new_password: newPassword } })
}

/** The answer does not tell whether there is such an account. */
export async function requestPasswordReset(email: string): Promise<void> {
  await api.post('/auth/password-reset', { withoutRenewal: true, body: { email } })
}

/** The address of the account, to sign in with. */
export async function resetPassword(token: string, password: string): Promise<string> {
  const answer = await api.post('/auth/password-reset/confirm', {
    withoutRenewal: true,
    body: { token, password },
  })
  return answer.email
}

/** A session when the link has made the account; `null` when it has confirmed the address of one that was there. */
export async function confirmEmail(token: string, password?: string): Promise<Session | null> {
  return (await api.post('/auth/email/confirm', { withoutRenewal: true, body: { token, password } })) ?? null
}

/** The profile when the address has changed at once; `null` when a mail is on its way to it. */
export async function changeAddress(email: string, password: string): Promise<User | null> {
  return (await api.post('/users/me/email', { body: { email, password } })) ?? null
}

/** The address that the account has again. */
export async function takeAddressBack(token: string): Promise<string> {
  const answer = await api.post('/auth/email/take-back', { withoutRenewal: true, body: { token } })
  return answer.email
}

export async function resendConfirmation(): Promise<void> {
  await api.post('/auth/email/resend')
}
