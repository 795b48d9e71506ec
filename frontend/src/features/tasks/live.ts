// What happened to tasks elsewhere.
import { isOwnTopic, topicId } from '@/sync/protocol'
import type { LiveFeature } from '@/sync/registry'
import { useTaskStore } from './store/tasks'

export function liveTasks(): LiveFeature {
  const tasks = useTaskStore()
  const reload = (projectId: string): void => void tasks.reload(new Set([projectId]))

  return {
    events: {
      'task.created': ({ data }) => tasks.receive(data),
      'task.updated': ({ data }) => tasks.receive(data),
      'task.restored': ({ data }) => tasks.receive(data),
      'task.deleted': ({ topic, data }) =>
        tasks.receiveGone(topicId(topic), data.id, data.subtask_ids ?? [], data.moved_to !== undefined),
      'task.purged': ({ data }) => tasks.receivePurged(data.id),
      'order.renewed': ({ topic }) => {
        if (!isOwnTopic(topic)) reload(topicId(topic))
      },
      'project.deleted': ({ topic }) => tasks.dropProject(topicId(topic)),
      'project.left': ({ data }) => tasks.dropProject(data.id),
      'member.removed': ({ topic, data }) => tasks.receiveUnassigned(topicId(topic), data.user_id),
      'tag.updated': ({ topic }) => reload(topicId(topic)),
      'tag.deleted': ({ topic }) => reload(topicId(topic)),
    },
    resync: async ({ projectIds }) => {
      if (projectIds.size > 0) await tasks.reload(projectIds)
    },
  }
}
