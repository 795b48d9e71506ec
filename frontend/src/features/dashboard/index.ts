// The first page: what is to be done today, and how it goes.
export const dashboardPage = () => import('./Dashboard.vue')
