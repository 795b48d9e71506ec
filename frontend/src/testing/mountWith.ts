// A component with everything around it: texts in English and the address of a page.
import { mount, type ComponentMountingOptions } from '@vue/test-utils'
import { createPinia, getActivePinia, setActivePinia } from 'pinia'
import type { Component } from 'vue'
import { createMemoryHistory, createRouter } from 'vue-router'
import { i18n, setLanguage } from '@/i18n'

const blank: Component = { render: () => null }

export async function mountWith<C extends Component>(
  component: C,
  options: ComponentMountingOptions<C> & { path?: string } = {},
) {
  const { path = '/inbox', ...rest } = options
  if (!getActivePinia()) setActivePinia(createPinia())
  await setLanguage('en')
  const router = createRouter({
    history: createMemoryHistory(),
    routes: [
      { path: '/inbox', name: 'inbox', component: blank },
      { path: '/projects/:id', name: 'project', component: blank },
      { path: '/', name: 'dashboard', component: blank },
      { path: '/unsubscribe', name: 'unsubscribe', component: blank },
      { path: '/profile', name: 'profile', component: blank },
      { path: '/profile/mails', name: 'sent-mail', component: blank },
      { path: '/projects/:id/webhooks', name: 'webhooks', component: blank },
      { path: '/projects/:id/webhooks/:webhookId', name: 'webhook', component: blank },
      { path: '/admin/deliveries', name: 'admin-deliveries', component: blank },
      { path: '/admin/announcements', name: 'admin-announcements', component: blank },
      { path: '/invitations/accept', name: 'accept-invitation', component: blank },
      { path: '/register', name: 'register', component: blank },
      { path: '/login', name: 'login', component: blank },
      { path: '/reset-password', name: 'reset-password', component: blank },
      { path: '/confirm-email', name: 'confirm-email', component: blank },
      { path: '/take-back-address', name: 'take-back-address', component: blank },
      { path: '/search', name: 'search', component: blank },
      { path: '/notifications', name: 'notifications', component: blank },
    ],
  })
  await router.push(path)
  const wrapper = mount(component as Component, {
    ...(rest as object),
    attachTo: document.body,
    global: { plugins: [i18n, router] },
  })
  return { wrapper, router }
}
