// Notifications of the operating system, for when no tab of ours is on the screen. Each person chooses for
// themselves in this browser, and the permission is asked for only when the person switches them on.
import { createSharedComposable, useEventListener } from '@vueuse/core'
import { computed, ref, watch } from 'vue'
import { useAuthStore } from '@/features/session'
import { shelfOf } from '@/lib/storage'
import { isAnyTabVisible } from '@/lib/visibleTab'

export type DesktopState = 'unsupported' | 'blocked' | 'off' | 'on'

export interface DesktopMessage {
  /** The same from several tabs is shown once. */
  id: string
  title: string
  body: string
  open: () => void
}

const KEY = 'desktop-notifications'

const isSupported = (): boolean => 'Notification' in window && window.isSecureContext

export const useDesktopNotifications = createSharedComposable(() => {
  const auth = useAuthStore()
  const wanted = ref(false)
  const permission = ref<NotificationPermission>(isSupported() ? Notification.permission : 'denied')
  /** Some phones have the interface and refuse to use it. */
  const refused = ref(false)

  const state = computed<DesktopState>(() => {
    if (!isSupported() || refused.value) return 'unsupported'
    if (permission.value === 'denied') return 'blocked'
    return permission.value === 'granted' && wanted.value ? 'on' : 'off'
  })

  function setWanted(on: boolean): void {
    wanted.value = on
    shelfOf(auth.user?.id).write(KEY, on)
  }

  async function turnOn(): Promise<void> {
    if (!isSupported()) return
    if (Notification.permission === 'default') await Notification.requestPermission()
    permission.value = Notification.permission
    setWanted(permission.value === 'granted')
  }

  function turnOff(): void {
    setWanted(false)
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

  watch(
    () => auth.user?.id,
    (id) => {
      wanted.value = shelfOf(id).read(KEY) === true
    },
    { immediate: true },
  )
  // The browser's own settings can change it while we are away.
  useEventListener(window, 'focus', () => {
    if (isSupported()) permission.value = Notification.permission
  })

  return { state, turnOn, turnOff, show }
})
