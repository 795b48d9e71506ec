// Every view of a project, in the order in which they are offered. A new one needs a line here, and its name under `project.views` in the
// locale files. The first is the default.
import { Grid, Tickets } from '@element-plus/icons-vue'
import type { Component } from 'vue'
import type { Uuid } from '@/api/types'
import { loadTaskBoard } from '@/features/tasks'
import { lazyPart } from '@/ui/lazyPart'
import ProjectList from './ProjectList.vue'

interface View {
  /** Its name in the URL (`?view=`), which is remembered for the project. */
  key: string
  icon: Component
  /** Gets the project's id as `projectId`. All but the first are loaded on first use (`lazyPart`). */
  component: Component<{ projectId: Uuid }>
  /** Whether it fills the height of the window. */
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
