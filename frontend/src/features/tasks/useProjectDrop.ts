// Dropping a task on a project in the sidebar moves it there.
import type { Uuid } from '@/api/types'
import { useProjectStore } from '@/features/projects'
import { useAction } from '@/ui/useAction'
import { useTaskStore } from './store/tasks'

const PREFIX = 'project:'

/** For `data-drop-onto`. */
export function projectDropKey(id: Uuid): string {
  return PREFIX + id
}

export function useProjectDrop() {
  const { run } = useAction()
  const projects = useProjectStore()
  const tasks = useTaskStore()

  function accepts(taskId: Uuid, onto: string): boolean {
    const task = tasks.get(taskId)
    const project = onto.startsWith(PREFIX) ? projects.get(onto.slice(PREFIX.length)) : undefined
    // A subtask follows its parent.
    if (!task || !project || task.parent_id !== null || project.archived_at !== null) return false
    return (
      project.id !== task.project_id && projects.canWrite(project.id) && projects.canWrite(task.project_id)
    )
  }

  function dropOnto(taskId: Uuid, onto: string): void {
    void run(() => tasks.update(taskId, { project_id: onto.slice(PREFIX.length) }))
  }

  return { accepts, dropOnto }
}
