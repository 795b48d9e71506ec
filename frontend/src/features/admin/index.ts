// What only an administrator sees, and how the first one becomes it.
export { default as FirstAdministrator } from './FirstAdministrator.vue'

export const adminPages = {
  frame: () => import('./Admin.vue'),
  accounts: () => import('./accounts/Accounts.vue'),
  announcements: () => import('./announcements/Announcements.vue'),
  deliveries: () => import('./deliveries/AdminDeliveries.vue'),
  systemCheck: () => import('./system-check/SystemCheck.vue'),
}
