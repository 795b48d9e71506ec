// Registers the handlers of live events. Tasks come first, so that tasks of a removed project are no longer counted in it.
import { liveNotifications } from '@/features/notifications'
import { liveProjects } from '@/features/projects'
import { liveReminders } from '@/features/reminders'
import { liveSession } from '@/features/session'
import { liveTasks } from '@/features/tasks'
import type { LiveFeature } from '@/sync/registry'

export function liveFeatures(): LiveFeature[] {
  return [liveTasks(), liveProjects(), liveNotifications(), liveReminders(), liveSession()]
}
