// Every view of a project, in the order in which they are offered: a new one is a line here, and its name under `project.views` in the
// locale files. The first is what a project is shown as until another is chosen.
import { Grid, Tickets } from '@element-plus/icons-vue'
import type { Component } from 'vue'
import type { Uuid } from '@/api/types'
import { loadTaskBoard } from '@/features/tasks'
import { lazyPart } from '@/ui/lazyPart'
import ProjectList from './ProjectList.vue'

interface View {
  /** As it stands in the address (`?view=`), and is remembered for the project. */
  key: string
  icon: Component
  /** Gets the project's id as `projectId`. All but the first come with their first use (`lazyPart`). */
  component: Component<{ projectId: Uuid }>
  /** Fills the window, also in height. */
  isWide?: boolean
}

export const VIEWS = [
  { key: 'list', icon: Tickets, component: ProjectList },
  { key: 'board', icon: Grid, component: lazyPart(loadTaskBoard), isWide: true },
] as const satisfies readonly View[]

export type ProjectView = (typeof VIEWS)[number]['key']

export function viewOf(key: ProjectView): View {
  return VIEWS.find((view) => view.key === key) ?? VIEWS[0]
}
