// The open invitations of viewed projects, part of the project store.
import type { GrantedRole, Invitation, Uuid } from '@/api/types'
import { createChildren } from '@/sync/children'
import { createEntityList, whole } from '@/sync/entityList'
import * as api from '../api/invitations'

function listOf(projectId: Uuid) {
  return createEntityList({
    ask: async () => whole(await api.listInvitations(projectId)),
    newAt: 'end',
    idOf: (invitation: Invitation) => invitation.id,
    // Events tell of one without address and link, which are only for who may invite.
    complete: (arrived, known) => ({
      ...arrived,
      email: arrived.email ?? known.email,
      url: arrived.url ?? known.url,
    }),
    commands: {
      /** Its id is the server's: until then it goes by the address. */
      invite: {
        send: (email: string, role: GrantedRole) => api.createInvitation(projectId, { email, role }),
      },
      send: { send: (id: Uuid) => api.sendInvitation(projectId, id) },
      revoke: {
        show: () => () => undefined,
        send: async (id: Uuid) => {
          await api.deleteInvitation(projectId, id)
          return null
        },
      },
    },
  })
}

export function createProjectInvitations() {
  const lists = createChildren<Invitation, ReturnType<typeof listOf>>(listOf)

  function load(projectId: Uuid): Promise<void> {
    return lists.open(projectId).load()
  }

  async function invite(projectId: Uuid, email: string, role: GrantedRole): Promise<void> {
    await lists.open(projectId).store.dispatch('invite', email, role)
  }

  async function send(projectId: Uuid, id: Uuid): Promise<void> {
    await lists.open(projectId).store.dispatch('send', id, undefined)
  }

  async function revoke(projectId: Uuid, id: Uuid): Promise<void> {
    await lists.open(projectId).store.dispatch('revoke', id, undefined)
  }

  function receive(projectId: Uuid, invitation: Invitation): void {
    const list = lists.peek(projectId)
    if (list?.get(invitation.id)) list.receive(invitation)
    // Its address and link are asked for; what fails is only a line that comes later.
    else list?.load().catch(() => undefined)
  }

  function receiveGone(projectId: Uuid, id: Uuid): void {
    lists.peek(projectId)?.receiveGone(id)
  }

  return {
    of: lists.of,
    load,
    invite,
    send,
    revoke,
    receive,
    receiveGone,
    forget: lists.forget,
    reset: lists.reset,
  }
}
