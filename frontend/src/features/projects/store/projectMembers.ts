// The members of each project that was looked at: a part of the store of projects.
import type { GrantedRole, Member, Uuid } from '@/api/types'
import { createChildren } from '@/sync/children'
import { createEntityList, whole } from '@/sync/entityList'
import * as api from '../api/projects'

function listOf(projectId: Uuid) {
  return createEntityList({
    ask: async () => whole(await api.listMembers(projectId)),
    newAt: 'end',
    idOf: (member: Member) => member.user_id,
    // What is told to all members has no address: one that is known stays.
    complete: (arrived, known) => ({ ...arrived, email: arrived.email ?? known.email }),
    commands: {
      changeRole: {
        show: (_id: Uuid, role: GrantedRole) => (member: Member | undefined) => member && { ...member, role },
        send: (userId: Uuid, role: GrantedRole) => api.changeMemberRole(projectId, userId, role),
      },
      remove: {
        show: () => () => undefined,
        send: async (userId: Uuid) => {
          await api.removeMember(projectId, userId)
          return null
        },
      },
    },
  })
}

export function createProjectMembers() {
  const lists = createChildren<Member, ReturnType<typeof listOf>>(listOf)
  const asked = new Set<Uuid>()

  function load(projectId: Uuid): Promise<void> {
    return lists.open(projectId).load()
  }

  /** Loads the members unless that was done; what fails is only a name that is not shown. */
  function ensure(projectId: Uuid): void {
    if (asked.has(projectId) || lists.peek(projectId)?.loaded.value) return
    asked.add(projectId)
    load(projectId).catch(() => asked.delete(projectId))
  }

  function find(projectId: Uuid, userId: Uuid): Member | undefined {
    return lists.peek(projectId)?.get(userId)
  }

  function receive(projectId: Uuid, member: Member): void {
    lists.peek(projectId)?.receive(member)
  }

  /** Asks for the addresses that an event does not carry: the owner sees them. */
  function completeForOwner(projectId: Uuid): void {
    if (lists.of(projectId).some(({ email }) => email === null)) load(projectId).catch(() => undefined)
  }

  function receiveGone(projectId: Uuid, userId: Uuid): void {
    lists.peek(projectId)?.receiveGone(userId)
  }

  /** A project has one owner; the previous one becomes an editor. */
  function receiveOwner(projectId: Uuid, ownerId: Uuid): void {
    const list = lists.peek(projectId)
    if (!list) return
    // A list that is on its way may still have the old one.
    if (list.store.isLoading) load(projectId).catch(() => undefined)
    for (const { user_id } of list.items.value) {
      const member = list.store.confirmed(user_id)
      if (!member || (user_id === ownerId) === (member.role === 'owner')) continue
      list.receive({ ...member, role: user_id === ownerId ? 'owner' : 'editor' })
    }
  }

  async function changeRole(projectId: Uuid, userId: Uuid, role: GrantedRole): Promise<void> {
    await lists.open(projectId).store.dispatch('changeRole', userId, role)
  }

  async function remove(projectId: Uuid, userId: Uuid): Promise<void> {
    await lists.open(projectId).store.dispatch('remove', userId, undefined)
  }

  function forget(projectId: Uuid): void {
    lists.forget(projectId)
    asked.delete(projectId)
  }

  function reset(): void {
    lists.reset()
    asked.clear()
  }

  return {
    of: lists.of,
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
