// Looking for tasks, in all projects.
export { default as HeaderSearch } from './HeaderSearch.vue'

export const searchPage = () => import('./Search.vue')
