// The pages. Each loads when it is first opened; all but signing in want a session.
import { createRouter, createWebHistory, START_LOCATION, type RouteLocationNormalized } from 'vue-router'
import { setPartMissing } from '@/ui/lazyPart'
import { isMissingPart, openAnew } from '@/lib/newRelease'
import { safeRedirect } from '@/lib/redirect'
import { useAuthStore } from '@/features/session/store/auth'

declare module 'vue-router' {
  interface RouteMeta {
    /** Locale key of the page's title; a page may set a better one when it knows it. */
    title: string
    /** Open to everybody, and without the shell around it. */
    guest?: boolean
    /** For administrators; to others it does not exist. */
    admin?: boolean
    /** A guest page that who is signed in may open too: a link in a mail leads to it. */
    anyone?: boolean
  }
}

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    {
      path: '/',
      name: 'dashboard',
      component: () => import('@/features/dashboard/Dashboard.vue'),
      meta: { title: 'nav.dashboard' },
    },
    {
      path: '/inbox',
      name: 'inbox',
      component: () => import('@/features/project-page/Project.vue'),
      meta: { title: 'nav.inbox' },
    },
    {
      path: '/projects/:id',
      name: 'project',
      component: () => import('@/features/project-page/Project.vue'),
      props: true,
      meta: { title: 'nav.project' },
    },
    {
      path: '/projects/:id/webhooks',
      name: 'webhooks',
      component: () => import('@/features/webhooks/Webhooks.vue'),
      props: true,
      meta: { title: 'webhooks.title' },
    },
    {
      path: '/projects/:id/webhooks/:webhookId',
      name: 'webhook',
      component: () => import('@/features/webhooks/Webhook.vue'),
      props: true,
      meta: { title: 'webhooks.title' },
    },
    {
      path: '/search',
      name: 'search',
      component: () => import('@/features/search/Search.vue'),
      meta: { title: 'nav.search' },
    },
    {
      path: '/trash',
      name: 'trash',
      component: () => import('@/features/tasks/trash/Trash.vue'),
      meta: { title: 'nav.trash' },
    },
    {
      path: '/notifications',
      name: 'notifications',
      component: () => import('@/features/notifications/page/Notifications.vue'),
      meta: { title: 'notifications.title' },
    },
    {
      path: '/profile',
      name: 'profile',
      component: () => import('@/features/account/profile/Profile.vue'),
      meta: { title: 'nav.profile' },
    },
    {
      path: '/profile/mails',
      name: 'sent-mail',
      component: () => import('@/features/account/sent-mail/SentMail.vue'),
      meta: { title: 'sentMail.title' },
    },
    {
      path: '/admin',
      component: () => import('@/features/admin/Admin.vue'),
      meta: { title: 'admin.title', admin: true },
      children: [
        {
          path: '',
          name: 'admin',
          component: () => import('@/features/admin/system-check/SystemCheck.vue'),
          meta: { title: 'admin.systemCheck' },
        },
        {
          path: 'accounts',
          name: 'admin-accounts',
          component: () => import('@/features/admin/accounts/Accounts.vue'),
          meta: { title: 'accounts.title' },
        },
        {
          path: 'deliveries',
          name: 'admin-deliveries',
          component: () => import('@/features/admin/deliveries/AdminDeliveries.vue'),
          meta: { title: 'adminDeliveries.title' },
        },
        {
          path: 'announcements',
          name: 'admin-announcements',
          component: () => import('@/features/admin/announcements/Announcements.vue'),
          meta: { title: 'announcements.title' },
        },
      ],
    },
    {
      path: '/login',
      name: 'login',
      component: () => import('@/features/account/sign-in/Login.vue'),
      meta: { title: 'auth.signIn', guest: true },
    },
    {
      path: '/register',
      name: 'register',
      component: () => import('@/features/account/sign-in/Login.vue'),
      meta: { title: 'auth.register', guest: true },
    },
    {
      path: '/reset-password',
      name: 'reset-password',
      component: () => import('@/features/account/recovery/ResetPassword.vue'),
      meta: { title: 'recovery.title', guest: true, anyone: true },
    },
    {
      path: '/confirm-email',
      name: 'confirm-email',
      component: () => import('@/features/account/address/ConfirmEmail.vue'),
      meta: { title: 'confirmEmail.title', guest: true, anyone: true },
    },
    {
      path: '/take-back-address',
      name: 'take-back-address',
      component: () => import('@/features/account/address/TakeBackAddress.vue'),
      meta: { title: 'takeBack.title', guest: true, anyone: true },
    },
    {
      path: '/invitations/accept',
      name: 'accept-invitation',
      component: () => import('@/features/projects/invitations/AcceptInvitation.vue'),
      meta: { title: 'invitations.title', guest: true, anyone: true },
    },
    {
      path: '/unsubscribe',
      name: 'unsubscribe',
      component: () => import('@/features/notifications/settings/Unsubscribe.vue'),
      meta: { title: 'unsubscribe.title', guest: true, anyone: true },
    },
    {
      path: '/:path(.*)*',
      name: 'not-found',
      component: () => import('./NotFound.vue'),
      meta: { title: 'notFound.title' },
    },
  ],
  scrollBehavior: (to, from, saved) => saved ?? (to.path === from.path ? false : { top: 0 }),
})

export async function guard(to: RouteLocationNormalized, from?: RouteLocationNormalized) {
  const auth = useAuthStore()
  await auth.restore()
  if (to.meta.anyone) return true
  if (from === START_LOCATION && auth.isOther && to.fullPath !== '/') return '/'
  if (to.meta.guest) return auth.isSignedIn ? safeRedirect(to.query.redirect) : true
  if (auth.isSignedIn) {
    const hidden = to.meta.admin && !auth.user?.is_admin
    return hidden ? { name: 'not-found', params: { path: to.path.slice(1).split('/') } } : true
  }
  return { name: 'login', query: to.fullPath === '/' ? {} : { redirect: to.fullPath } }
}

router.beforeEach(guard)
router.onError(async (error, to) => {
  if (isMissingPart(error) && !(await openAnew(error, to))) setPartMissing(true)
})
