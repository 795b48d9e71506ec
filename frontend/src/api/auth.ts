import { http } from './client'
import type { DeviceSession, LoginInput, Page, RegisterInput, Session, Uuid } from './types'

export async function register(input: RegisterInput): Promise<Session> {
  return (await http.post<Session>('/auth/register', input, { withoutRenewal: true })).data
}

export async function login(input: LoginInput): Promise<Session> {
  return (await http.post<Session>('/auth/login', input, { withoutRenewal: true })).data
}

export async function logout(): Promise<void> {
  await http.post('/auth/logout', null, { withoutRenewal: true })
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

export async function resetPassword(token: string, password: string): Promise<void> {
  await http.post('/auth/password-reset/confirm', { token, password }, { withoutRenewal: true })
}

export async function confirmEmail(token: string): Promise<void> {
  await http.post('/auth/email/confirm', { token }, { withoutRenewal: true })
}

export async function resendConfirmation(): Promise<void> {
  await http.post('/auth/email/resend')
}
