// The open invitations of viewed projects, part of the project store.
import { shallowReactive } from 'vue'
import type { GrantedRole, Invitation, Uuid } from '@/api/types'
import { Loads, mergeLoaded } from '@/lib/loads'
import type { createPending } from '@/lib/usePending'
import * as api from '../api/invitations'

type Track = ReturnType<typeof createPending>['track']

export function createProjectInvitations(track: Track) {
  const lists = shallowReactive(new Map<Uuid, Invitation[]>())
  const loads = new Loads<Invitation>()

  function of(projectId: Uuid): Invitation[] {
    return lists.get(projectId) ?? []
  }

  async function load(projectId: Uuid): Promise<void> {
    const load = loads.begin(projectId)
    try {
      const answer = await api.listInvitations(projectId)
      if (loads.isCurrent(load)) {
        lists.set(
          projectId,
          mergeLoaded(answer, load, ({ id }) => id, { newAt: 'end' }),
        )
      }
    } finally {
      loads.end(load)
    }
  }

  function put(projectId: Uuid, invitation: Invitation): void {
    loads.touch(invitation.id, invitation)
    const list = of(projectId)
    const index = list.findIndex(({ id }) => id === invitation.id)
    lists.set(projectId, index < 0 ? [...list, invitation] : list.with(index, invitation))
  }

  async function invite(projectId: Uuid, email: string, role: GrantedRole): Promise<void> {
    await track('invite', projectId, async () => {
      put(projectId, await api.createInvitation(projectId, { email, role }))
    })
  }

  async function send(projectId: Uuid, id: Uuid): Promise<void> {
    await track('sendInvitation', id, () => api.sendInvitation(projectId, id))
  }

  async function revoke(projectId: Uuid, id: Uuid): Promise<void> {
    const before = of(projectId).find((invitation) => invitation.id === id)
    receiveGone(projectId, id)
    await track('revokeInvitation', id, async () => {
      try {
        await api.deleteInvitation(projectId, id)
      } catch (problem) {
        if (before) put(projectId, before)
        throw problem
      }
    })
  }

  /** Events contain no address or link, which only inviters may see: these are loaded for new ones. */
  function receive(projectId: Uuid, invitation: Invitation): void {
    const known = of(projectId).find(({ id }) => id === invitation.id)
    if (known) put(projectId, { ...invitation, email: known.email, url: known.url })
    // A failure only delays one row.
    else if (lists.has(projectId)) load(projectId).catch(() => undefined)
  }

  function receiveGone(projectId: Uuid, id: Uuid): void {
    loads.touch(id, null)
    const list = lists.get(projectId)
    if (list) {
      lists.set(
        projectId,
        list.filter((invitation) => invitation.id !== id),
      )
    }
  }

  function forget(projectId: Uuid): void {
    lists.delete(projectId)
  }

  function reset(): void {
    loads.cancel()
    lists.clear()
  }

  return { of, load, invite, send, revoke, receive, receiveGone, forget, reset }
}
