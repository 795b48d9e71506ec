// Who is told of what happened elsewhere. Tasks come first: what is gone with a project is no longer counted in it.
import { liveNotifications } from '@/features/notifications'
import { liveProjects } from '@/features/projects'
import { liveReminders } from '@/features/reminders'
import { liveSession } from '@/features/session'
import { liveTasks } from '@/features/tasks'
import type { LiveFeature } from '@/sync/registry'

export function liveFeatures(): LiveFeature[] {
  return [liveTasks(), liveProjects(), liveNotifications(), liveReminders(), liveSession()]
}
