// Notifications of the operating system, for when no tab of ours is on the screen. Chosen for this browser, and the permission
// is asked for only when the person switches them on.
import { createSharedComposable, useEventListener } from '@vueuse/core'
import { computed, ref } from 'vue'
import { usePreferences } from '@/composables/usePreferences'
import { isAnyTabVisible } from '@/lib/visibleTab'

export type DesktopState = 'unsupported' | 'blocked' | 'off' | 'on'

export interface DesktopMessage {
  /** The same from several tabs is shown once. */
  id: string
  title: string
  body: string
  open: () => void
}

const isSupported = (): boolean => 'Notification' in window && window.isSecureContext

export const useDesktopNotifications = createSharedComposable(() => {
  const { preferences, setDesktop } = usePreferences()
  const permission = ref<NotificationPermission>(isSupported() ? Notification.permission : 'denied')
  /** Some phones have the interface and refuse to use it. */
  const refused = ref(false)

  const state = computed<DesktopState>(() => {
    if (!isSupported() || refused.value) return 'unsupported'
    if (permission.value === 'denied') return 'blocked'
    return permission.value === 'granted' && preferences.desktop ? 'on' : 'off'
  })

  async function turnOn(): Promise<void> {
    if (!isSupported()) return
    if (Notification.permission === 'default') await Notification.requestPermission()
    permission.value = Notification.permission
    setDesktop(permission.value === 'granted')
  }

  function turnOff(): void {
    setDesktop(false)
  }

  async function show({ id, title, body, open }: DesktopMessage): Promise<void> {
    if (state.value !== 'on' || (await isAnyTabVisible())) return
    try {
      const message = new Notification(title, { body, tag: id, icon: '/favicon.svg' })
      message.addEventListener('click', () => {
        window.focus()
        message.close()
        open()
      })
    } catch {
      refused.value = true
    }
  }

  // The browser's own settings can change it while we are away.
  useEventListener(window, 'focus', () => {
    if (isSupported()) permission.value = Notification.permission
  })

  return { state, turnOn, turnOff, show }
})
