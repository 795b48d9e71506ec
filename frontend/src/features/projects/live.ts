// What happened elsewhere to projects, their members, invitations and tags.
import type { Uuid } from '@/api/types'
import { isOwnTopic, topicId } from '@/sync/protocol'
import type { LiveControl, LiveFeature } from '@/sync/registry'
import { useOpenInvitationStore } from './store/openInvitations'
import { useProjectStore } from './store/projects'

export function liveProjects(): LiveFeature {
  const projects = useProjectStore()
  const invitations = useOpenInvitationStore()

  function leave(id: Uuid, live: LiveControl): void {
    live.unfollow(`project:${id}`)
    projects.receiveGone(id)
  }

  return {
    events: {
      'project.updated': ({ data }) => projects.receiveShared(data),
      'project.restored': ({ data }) => projects.receiveShared(data),
      'project.changed': ({ data }) => projects.receive(data),
      'project.deleted': ({ topic }, live) => leave(topicId(topic), live),
      'project.left': ({ data }, live) => leave(data.id, live),
      'project.joined': ({ data }, live) => {
        projects.receive(data)
        // Its events follow automatically; existing contents are loaded.
        live.resync(`project:${data.id}`)
      },
      'order.renewed': ({ topic }) => {
        if (isOwnTopic(topic)) void projects.load()
      },
      'member.added': ({ topic, data }) => {
        // The number of members stands in the project.
        void projects.load()
        projects.receiveMember(topicId(topic), data)
        projects.completeMembers(topicId(topic))
      },
      'member.updated': ({ topic, data }) => projects.receiveMember(topicId(topic), data),
      'member.removed': ({ topic, data }) => {
        void projects.load()
        projects.receiveMemberGone(topicId(topic), data.user_id)
      },
      'invitation.created': ({ topic, data }) => projects.receiveInvitation(topicId(topic), data),
      'invitation.deleted': ({ topic, data }) => projects.receiveInvitationGone(topicId(topic), data.id),
      'tag.created': ({ data }) => void projects.receiveTag(data),
      'tag.updated': ({ data }) => void projects.receiveTag(data),
      'tag.deleted': ({ data }) => projects.receiveTagGone(data.id),
      'invitations.changed': () => void invitations.refresh(),
    },
    resync: async ({ own, projectIds }) => {
      const shown = [...projectIds]
      // No events report what happened to the counts meanwhile; reloading the personal feed reloads all projects.
      if (!own) for (const id of shown) projects.doubtOpenTasks(id)
      await Promise.allSettled([
        own && projects.load(),
        own && invitations.refresh(),
        ...shown.filter((id) => projects.membersOf(id).length > 0).map(projects.loadMembers),
        ...shown.filter((id) => projects.invitationsOf(id).length > 0).map(projects.loadInvitations),
        projects.refreshTags(shown),
      ])
    },
  }
}
