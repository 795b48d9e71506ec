// Tasks: the store, lists and board, the open task, adding, undoing, the trash.
export { useFilters } from './filter/useFilters'
export { default as SortNotice } from './list/SortNotice.vue'
export { default as TaskList } from './list/TaskList.vue'
export { useClosedTaskChanges } from './list/useClosedTaskChanges'
export { useTaskCount } from './list/useTaskCount'
export { useTaskList } from './list/useTaskList'
export { liveTasks } from './live'
export { countFilters } from './model/filterQuery'
export { CLOSED, isManualOrder, OPEN, statusQuery } from './model/projectQuery'
export { useTaskPanel } from './panel/useTaskPanel'
export { default as NewTaskKey } from './quick-add/NewTaskKey.vue'
export { default as QuickAdd } from './quick-add/QuickAdd.vue'
export { useNewTaskFields } from './quick-add/useNewTaskFields'
export { useTaskSender } from './quick-add/useTaskSender'
export { useTaskStore } from './store/tasks'
export { useKeptDrafts } from './text/useKeptDrafts'
export { projectDropKey } from './useProjectDrop'
export { useUndo } from './useUndo'

export const loadFilterBar = () => import('./filter/FilterBar.vue')
export const loadFilterChips = () => import('./filter/FilterChips.vue')
export const loadKeptDrafts = () => import('./text/KeptDrafts.vue')
export const loadTaskBoard = () => import('./board/TaskBoard.vue')
export const loadTaskPanel = () => import('./panel/TaskPanel.vue')

export const taskPages = {
  trash: () => import('./trash/Trash.vue'),
}
