// The members of each project that was looked at: a part of the store of projects.
import { shallowReactive } from 'vue'
import type { Member, Role, Uuid } from '@/api/types'
import { Loads, mergeLoaded } from '@/lib/loads'
import type { createPending } from '@/lib/usePending'
import * as api from '../api/projects'

type Track = ReturnType<typeof createPending>['track']

export function createProjectMembers(track: Track) {
  const lists = shallowReactive(new Map<Uuid, Member[]>())
  const asked = new Set<Uuid>()
  const loads = new Map<Uuid, Loads<Member>>()

  function loadsOf(projectId: Uuid): Loads<Member> {
    const known = loads.get(projectId) ?? new Loads<Member>()
    loads.set(projectId, known)
    return known
  }

  function of(projectId: Uuid): Member[] {
    return lists.get(projectId) ?? []
  }

  async function load(projectId: Uuid): Promise<void> {
    const own = loadsOf(projectId)
    const load = own.begin()
    try {
      const answer = await api.listMembers(projectId)
      if (own.isCurrent(load)) {
        const members = mergeLoaded(answer, load, ({ user_id }) => user_id, {
          newAt: 'end',
          combine: complete,
        })
        lists.set(projectId, members)
      }
    } finally {
      own.end(load)
    }
  }

  /** Loads the members unless that was done; what fails is only a name that is not shown. */
  function ensure(projectId: Uuid): void {
    if (lists.has(projectId) || asked.has(projectId)) return
    asked.add(projectId)
    load(projectId).catch(() => asked.delete(projectId))
  }

  function find(projectId: Uuid, userId: Uuid): Member | undefined {
    return lists.get(projectId)?.find(({ user_id }) => user_id === userId)
  }

  /** Whether a list was loaded, so that what arrives live has a place to go. */
  function change(projectId: Uuid, edit: (members: Member[]) => Member[]): void {
    const members = lists.get(projectId)
    if (members) lists.set(projectId, edit(members))
  }

  /** Shared events contain no address: a known one is kept. */
  function complete(arrived: Member, known: Member | undefined): Member {
    return { ...arrived, email: arrived.email ?? known?.email ?? null }
  }

  function receive(projectId: Uuid, member: Member): void {
    loads.get(projectId)?.touch(member.user_id, member)
    change(projectId, (members) => {
      const index = members.findIndex(({ user_id }) => user_id === member.user_id)
      return index < 0 ? [...members, member] : members.with(index, complete(member, members[index]))
    })
  }

  /** Asks for the addresses that an event does not carry: the owner sees them. */
  function completeForOwner(projectId: Uuid): void {
    if (of(projectId).some(({ email }) => email === null)) load(projectId).catch(() => undefined)
  }

  function receiveGone(projectId: Uuid, userId: Uuid): void {
    loads.get(projectId)?.touch(userId, null)
    change(projectId, (members) => members.filter(({ user_id }) => user_id !== userId))
  }

  /** A project has one owner; who was it before stays as an editor. */
  function receiveOwner(projectId: Uuid, ownerId: Uuid): void {
    // A list that is on its way may still have the old one.
    if (loads.get(projectId)?.isOpen) load(projectId).catch(() => undefined)
    if (!of(projectId).some(({ user_id, role }) => (user_id === ownerId) !== (role === 'owner'))) return
    change(projectId, (members) =>
      members.map((member) => {
        if (member.user_id === ownerId) return { ...member, role: 'owner' }
        return member.role === 'owner' ? { ...member, role: 'editor' } : member
      }),
    )
  }

  async function changeRole(projectId: Uuid, userId: Uuid, role: Role): Promise<void> {
    const before = of(projectId).find(({ user_id }) => user_id === userId)
    if (before) receive(projectId, { ...before, role })
    await track('changeRole', userId, async () => {
      try {
        receive(projectId, await api.changeMemberRole(projectId, userId, role))
      } catch (problem) {
        if (before) receive(projectId, before)
        throw problem
      }
    })
  }

  async function remove(projectId: Uuid, userId: Uuid): Promise<void> {
    const before = of(projectId).find(({ user_id }) => user_id === userId)
    receiveGone(projectId, userId)
    await track('removeMember', userId, async () => {
      try {
        await api.removeMember(projectId, userId)
      } catch (problem) {
        if (before) receive(projectId, before)
        throw problem
      }
    })
  }

  function forget(projectId: Uuid): void {
    loads.get(projectId)?.cancel()
    loads.delete(projectId)
    lists.delete(projectId)
    asked.delete(projectId)
  }

  function reset(): void {
    for (const own of loads.values()) own.cancel()
    loads.clear()
    lists.clear()
    asked.clear()
  }

  return {
    of,
    find,
    load,
    ensure,
    changeRole,
    remove,
    receive,
    receiveGone,
    completeForOwner,
    receiveOwner,
    forget,
    reset,
  }
}
