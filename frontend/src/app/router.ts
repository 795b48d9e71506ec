// The pages. Each loads when it is first opened; all but signing in want a session.
import { createRouter, createWebHistory, START_LOCATION, type RouteLocationNormalized } from 'vue-router'
import { accountPages } from '@/features/account'
import { adminPages } from '@/features/admin'
import { dashboardPage } from '@/features/dashboard'
import { notificationPages } from '@/features/notifications'
import { projectPage } from '@/features/project-page'
import { projectPages } from '@/features/projects'
import { searchPage } from '@/features/search'
import { useAuthStore } from '@/features/session'
import { taskPages } from '@/features/tasks'
import { webhookPages } from '@/features/webhooks'
import { isMissingPart, openAnew } from '@/lib/newRelease'
import { safeRedirect } from '@/lib/redirect'
import { setPartMissing } from '@/ui/lazyPart'

declare module 'vue-router' {
  interface RouteMeta {
    /** Locale key of the page's title; a page may set a better one when it knows it. */
    title: string
    /** Open to everybody, and without the shell around it. */
    guest?: boolean
    /** For administrators; to others it does not exist. */
    admin?: boolean
    /** A guest page that signed-in users may open too, because a link in a mail leads to it. */
    anyone?: boolean
  }
}

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    {
      path: '/',
      name: 'dashboard',
      component: dashboardPage,
      meta: { title: 'nav.dashboard' },
    },
    {
      path: '/inbox',
      name: 'inbox',
      component: projectPage,
      meta: { title: 'nav.inbox' },
    },
    {
      path: '/projects/:id',
      name: 'project',
      component: projectPage,
      props: true,
      meta: { title: 'nav.project' },
    },
    {
      path: '/projects/:id/webhooks',
      name: 'webhooks',
      component: webhookPages.webhooks,
      props: true,
      meta: { title: 'nav.webhooks' },
    },
    {
      path: '/projects/:id/webhooks/:webhookId',
      name: 'webhook',
      component: webhookPages.webhook,
      props: true,
      meta: { title: 'nav.webhooks' },
    },
    {
      path: '/search',
      name: 'search',
      component: searchPage,
      meta: { title: 'nav.search' },
    },
    {
      path: '/trash',
      name: 'trash',
      component: taskPages.trash,
      meta: { title: 'nav.trash' },
    },
    {
      path: '/notifications',
      name: 'notifications',
      component: notificationPages.notifications,
      meta: { title: 'notifications.title' },
    },
    {
      path: '/profile',
      name: 'profile',
      component: accountPages.profile,
      meta: { title: 'nav.profile' },
    },
    {
      path: '/profile/mails',
      name: 'sent-mail',
      component: accountPages.sentMail,
      meta: { title: 'sentMail.title' },
    },
    {
      path: '/admin',
      component: adminPages.frame,
      meta: { title: 'nav.admin', admin: true },
      children: [
        {
          path: '',
          name: 'admin',
          component: adminPages.systemCheck,
          meta: { title: 'admin.systemCheck' },
        },
        {
          path: 'accounts',
          name: 'admin-accounts',
          component: adminPages.accounts,
          meta: { title: 'accounts.title' },
        },
        {
          path: 'deliveries',
          name: 'admin-deliveries',
          component: adminPages.deliveries,
          meta: { title: 'adminDeliveries.title' },
        },
        {
          path: 'announcements',
          name: 'admin-announcements',
          component: adminPages.announcements,
          meta: { title: 'announcements.title' },
        },
      ],
    },
    {
      path: '/login',
      name: 'login',
      component: accountPages.login,
      meta: { title: 'auth.signIn', guest: true },
    },
    {
      path: '/register',
      name: 'register',
      component: accountPages.login,
      meta: { title: 'auth.register', guest: true },
    },
    {
      path: '/reset-password',
      name: 'reset-password',
      component: accountPages.resetPassword,
      meta: { title: 'recovery.title', guest: true, anyone: true },
    },
    {
      path: '/confirm-email',
      name: 'confirm-email',
      component: accountPages.confirmEmail,
      meta: { title: 'confirmEmail.title', guest: true, anyone: true },
    },
    {
      path: '/take-back-address',
      name: 'take-back-address',
      component: accountPages.takeBackAddress,
      meta: { title: 'takeBack.title', guest: true, anyone: true },
    },
    {
      path: '/invitations/accept',
      name: 'accept-invitation',
      component: projectPages.acceptInvitation,
      meta: { title: 'invitations.title', guest: true, anyone: true },
    },
    {
      path: '/unsubscribe',
      name: 'unsubscribe',
      component: notificationPages.unsubscribe,
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
