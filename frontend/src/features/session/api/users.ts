import { api } from '@/api/call'
import type { ProfilePatch, User } from '@/api/types'

export async function getMe(): Promise<User> {
  return api.get('/users/me')
}

export async function updateMe(patch: ProfilePatch): Promise<User> {
  return api.patch('/users/me', { body: patch })
}
