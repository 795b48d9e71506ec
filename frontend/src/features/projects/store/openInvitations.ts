// Invitations to my own address that wait for my answer.
import { acceptHMRUpdate, defineStore } from 'pinia'
import { ref, shallowRef, watch } from 'vue'
import type { OwnInvitation, Uuid } from '@/api/types'
import { useAuthStore } from '@/features/session'
import { Loads, mergeLoaded } from '@/lib/loads'
import * as api from '../api/ownInvitations'

export const useOpenInvitationStore = defineStore('openInvitations', () => {
  const auth = useAuthStore()
  const list = shallowRef<OwnInvitation[]>([])
  /** Whether it is known, or cannot be known now, what waits. */
  const settled = ref(false)
  const loads = new Loads<OwnInvitation>()
  let isShown = false

  async function load(): Promise<void> {
    const own = loads.begin()
    try {
      const items = await api.listOwnInvitations()
      if (loads.isCurrent(own)) list.value = mergeLoaded(items, own, ({ id }) => id, { newAt: 'start' })
    } finally {
      loads.end(own)
    }
  }

  /** A failed load is repeated with the next event, or when the page is opened. */
  async function refresh(): Promise<void> {
    if (!isShown) return
    await load().catch(() => undefined)
    settled.value = true
  }

  /** Somebody shows them: they are loaded, and kept from then on. */
  function show(): void {
    if (isShown) return
    isShown = true
    if (auth.user) void refresh()
  }

  function remove(id: Uuid): void {
    loads.touch(id, null)
    list.value = list.value.filter((invitation) => invitation.id !== id)
  }

  /** The project that I am a member of now. */
  async function accept(id: Uuid): Promise<Uuid> {
    const projectId = await api.acceptOwnInvitation(id)
    remove(id)
    return projectId
  }

  async function decline(id: Uuid, block: boolean): Promise<void> {
    await api.declineInvitation(id, block)
    remove(id)
    // Those of the same person are gone too.
    if (block) void refresh()
  }

  function reset(): void {
    loads.cancel()
    list.value = []
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

  return { list, settled, show, refresh, accept, decline, reset }
})

if (import.meta.hot) import.meta.hot.accept(acceptHMRUpdate(useOpenInvitationStore, import.meta.hot))
