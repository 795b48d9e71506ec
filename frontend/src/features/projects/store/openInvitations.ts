// Invitations to my own address that wait for my answer.
import { acceptHMRUpdate, defineStore } from 'pinia'
import { ref, watch } from 'vue'
import type { OwnInvitation, Uuid } from '@/api/types'
import { useAuthStore } from '@/features/session'
import { createEntityList, whole } from '@/sync/entityList'
import * as api from '../api/ownInvitations'

export const useOpenInvitationStore = defineStore('openInvitations', () => {
  const auth = useAuthStore()
  const invitations = createEntityList({
    ask: async () => whole(await api.listOwnInvitations()),
    newAt: 'start',
    idOf: (invitation: OwnInvitation) => invitation.id,
    commands: {
      accept: { send: (id: Uuid) => api.acceptOwnInvitation(id), settle: () => null },
      decline: {
        send: async (id: Uuid, block: boolean) => {
          await api.declineInvitation(id, block)
          return null
        },
      },
    },
  })
  /** Whether it is known, or cannot be known now, what waits. */
  const settled = ref(false)
  let isShown = false

  /** A failed load is repeated with the next event, or when the page is opened. */
  async function refresh(): Promise<void> {
    if (!isShown) return
    await invitations.load().catch(() => undefined)
    settled.value = true
  }

  /** Somebody shows them: they are loaded, and kept from then on. */
  function show(): void {
    if (isShown) return
    isShown = true
    if (auth.user) void refresh()
  }

  /** The project that I am a member of now. */
  function accept(id: Uuid): Promise<Uuid> {
    return invitations.store.dispatch('accept', id, undefined)
  }

  async function decline(id: Uuid, block: boolean): Promise<void> {
    await invitations.store.dispatch('decline', id, block)
    // Those of the same person are gone too.
    if (block) void refresh()
  }

  function reset(): void {
    invitations.clear()
    settled.value = false
    isShown = false
  }

  // Another address, or one that is confirmed now, has other invitations.
  watch(
    () => [auth.user?.id, auth.user?.email, auth.user?.email_verified_at] as const,
    ([id], [before]) => {
      if (id !== before) reset()
      else void refresh()
    },
  )

  return { list: invitations.items, settled, show, refresh, accept, decline, reset }
})

if (import.meta.hot) import.meta.hot.accept(acceptHMRUpdate(useOpenInvitationStore, import.meta.hot))
