// The names of people who share a project with me, for search and filters across projects. Shared by all callers.
import { shallowReactive } from 'vue'
import type { Uuid } from '@/api/types'
import { useAuthStore } from '@/features/session'
import { findPeople } from './api/people'

/** Number loaded at once; beyond that, people are looked up by name. */
const PAGE = 50

const names = shallowReactive(new Map<Uuid, string>())
let owner: Uuid | undefined
let hasMore = true

export function useKnownPeople() {
  const auth = useAuthStore()
  if (owner !== auth.user?.id) {
    owner = auth.user?.id
    names.clear()
    hasMore = true
  }

  /** Those with that text in their name; without one, the first. What cannot be had is worth no message. */
  async function load(text = ''): Promise<void> {
    const asker = owner
    if (text !== '' && !hasMore) return
    const found = await findPeople(text, PAGE).catch(() => null)
    if (found === null || asker !== owner) return
    if (text === '') hasMore = found.length === PAGE
    for (const { id, name } of found) names.set(id, name)
  }

  return { names, load }
}
