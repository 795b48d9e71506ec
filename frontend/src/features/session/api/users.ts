import { http } from '@/api/client'
import type { ProfilePatch, User } from '@/api/types'

export async function getMe(): Promise<User> {
  return (await http.get<User>('/users/me')).data
}

export async function updateMe(patch: ProfilePatch): Promise<User> {
  return (await http.patch<User>('/users/me', patch)).data
}
