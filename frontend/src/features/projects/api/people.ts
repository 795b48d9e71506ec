import { api } from '@/api/call'
import type { KnownPerson } from '@/api/types'

/** Among those who share a project with me, by a part of the name; the first ones. */
export async function findPeople(q: string, limit: number): Promise<KnownPerson[]> {
  const params = { q: q || undefined, limit }
  return (await api.get('/people', { query: params })).items
}
