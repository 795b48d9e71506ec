// The one place where what happened elsewhere reaches the stores.
import type { Uuid } from '@/api/types'
import { useAuthStore } from '@/features/session/store/auth'
import { useNotificationStore } from '@/features/notifications/store/notifications'
import { useOpenInvitationStore } from '@/features/projects/store/openInvitations'
import { useProjectStore } from '@/features/projects/store/projects'
import { useReminderStore } from '@/features/reminders/store/reminders'
import { useTaskStore } from '@/features/tasks/store/tasks'
import type { DeletedTask, LiveEvent, Topic } from '@/sync/protocol'

export interface TopicControl {
  unfollow: (topic: Topic) => void
}

function idOf(topic: Topic): Uuid {
  return topic.slice(topic.indexOf(':') + 1)
}

export function createApply(control: TopicControl) {
  const auth = useAuthStore()
  const tasks = useTaskStore()
  const projects = useProjectStore()
  const notifications = useNotificationStore()
  const reminders = useReminderStore()
  const invitations = useOpenInvitationStore()

  function leave(id: Uuid): void {
    control.unfollow(`project:${id}`)
    tasks.dropProject(id)
    projects.receiveGone(id)
  }

  function receiveDeleted(projectId: Uuid, data: DeletedTask): void {
    tasks.receiveGone(projectId, data.id, data.subtask_ids ?? [], data.moved_to !== undefined)
  }

  function applyEvent(event: LiveEvent): void {
    const projectId = idOf(event.topic)
    switch (event.kind) {
      case 'task.created':
      case 'task.updated':
      case 'task.restored':
        return tasks.receive(event.data)
      case 'task.deleted':
        return receiveDeleted(projectId, event.data)
      case 'task.purged':
        return tasks.receivePurged(event.data.id)
      case 'project.updated':
      case 'project.restored':
        return projects.receiveShared(event.data)
      case 'order.renewed':
        if (event.topic.startsWith('user:')) return void projects.load()
        return void tasks.reload(new Set([projectId]))
      case 'project.deleted':
        return leave(projectId)
      case 'project.joined':
        projects.receive(event.data)
        // Its events come by themselves from now on; what it holds already is loaded.
        return void applyResync(new Set<Topic>([`project:${event.data.id}`]))
      case 'project.changed':
        return projects.receive(event.data)
      case 'project.left':
        return leave(event.data.id)
      case 'member.added':
        // The number of members stands in the project.
        void projects.load()
        projects.receiveMember(projectId, event.data)
        return projects.completeMembers(projectId)
      case 'member.updated':
        return projects.receiveMember(projectId, event.data)
      case 'member.removed':
        void projects.load()
        tasks.receiveUnassigned(projectId, event.data.user_id)
        return projects.receiveMemberGone(projectId, event.data.user_id)
      case 'invitation.created':
        return projects.receiveInvitation(projectId, event.data)
      case 'invitation.deleted':
        return projects.receiveInvitationGone(projectId, event.data.id)
      case 'tag.created':
        projects.receiveTag(event.data)
        return
      case 'tag.updated':
        projects.receiveTag(event.data)
        return void tasks.reload(new Set([projectId]))
      case 'tag.deleted':
        projects.receiveTagGone(event.data.id)
        return void tasks.reload(new Set([projectId]))
      case 'notification.created':
        return notifications.receive(event.data, event.revision)
      case 'notification.read':
        return notifications.receiveRead(event.data, event.revision)
      case 'reminder.created':
      case 'reminder.changed':
        return reminders.receive(event.data)
      case 'reminder.deleted':
        return reminders.receiveGone(event.data.id)
      case 'invitations.changed':
        return void invitations.refresh()
      case 'user.updated':
        return auth.receiveProfile(event.data)
      case 'session.started':
      case 'session.ended':
        return auth.receiveSessionChange()
    }
  }

  /** Loads again what is shown of those topics: a list of all projects only once. */
  async function applyResync(topics: ReadonlySet<Topic>): Promise<void> {
    const own = [...topics].some((topic) => topic.startsWith('user:'))
    const ids = new Set([...topics].filter((topic) => topic.startsWith('project:')).map(idOf))
    const shown = [...ids]
    // Nobody tells what happened to the numbers meanwhile; with the person's own topic all projects are asked for.
    if (!own) for (const id of shown) projects.doubtOpenTasks(id)
    await Promise.allSettled([
      own && projects.load(),
      own && notifications.reload(),
      own && reminders.load(),
      own && invitations.refresh(),
      ids.size > 0 && tasks.reload(ids),
      ...shown.filter((id) => projects.membersOf(id).length > 0).map(projects.loadMembers),
      ...shown.filter((id) => projects.invitationsOf(id).length > 0).map(projects.loadInvitations),
      projects.refreshTags(shown),
    ])
  }

  return { applyEvent, applyResync }
}
