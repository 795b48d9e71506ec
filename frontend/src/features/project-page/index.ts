// The page of a project: its header, and its tasks as a list or a board.
export const projectPage = () => import('./Project.vue')
