// The dashboard: today's tasks and progress.
export const dashboardPage = () => import('./Dashboard.vue')
