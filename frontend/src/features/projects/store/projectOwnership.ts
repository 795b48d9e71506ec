// Handing a project over to a member: a part of the store of projects. The server decides; nothing is shown in advance.
import type { Project, Uuid } from '@/api/types'
import type { createPending } from '@/lib/usePending'
import * as api from '../api/ownership'

type Track = ReturnType<typeof createPending>['track']

export function createProjectOwnership(
  track: Track,
  receive: (project: Project) => void,
  endOffer: (id: Uuid) => void,
) {
  function offer(id: Uuid, userId: Uuid): Promise<void> {
    return track('transfer', id, async () => receive(await api.offerProject(id, userId)))
  }

  function withdraw(id: Uuid): Promise<void> {
    return track('transfer', id, async () => {
      await api.withdrawProject(id)
      endOffer(id)
    })
  }

  function accept(id: Uuid): Promise<void> {
    return track('transfer', id, async () => receive(await api.acceptProject(id)))
  }

  function decline(id: Uuid): Promise<void> {
    return track('transfer', id, async () => {
      await api.declineProject(id)
      endOffer(id)
    })
  }

  return { offer, withdraw, accept, decline }
}
