import { flushPromises } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { mountWith } from '@/testing/mountWith'
import { useDesktopNotifications } from '../useDesktopNotifications'
import DesktopNotifications from './DesktopNotifications.vue'

class FakeNotification extends EventTarget {
  static permission: NotificationPermission = 'default'
  static answer: NotificationPermission = 'granted'
  static shown: FakeNotification[] = []
  static requestPermission = vi.fn(async () => {
    FakeNotification.permission = FakeNotification.answer
    return FakeNotification.permission
  })

  readonly close = vi.fn()

  constructor(
    readonly title: string,
    readonly options: NotificationOptions,
  ) {
    super()
    FakeNotification.shown.push(this)
  }
}

let visibility: DocumentVisibilityState = 'visible'
let unmount: () => void = () => undefined

async function open() {
  const { wrapper } = await mountWith(DesktopNotifications)
  unmount = () => wrapper.unmount()
  return wrapper
}

beforeEach(() => {
  setActivePinia(createPinia())
  vi.stubGlobal('Notification', FakeNotification)
  vi.stubGlobal('isSecureContext', true)
  vi.spyOn(document, 'visibilityState', 'get').mockImplementation(() => visibility)
  FakeNotification.permission = 'default'
  FakeNotification.answer = 'granted'
  FakeNotification.shown = []
  FakeNotification.requestPermission.mockClear()
  visibility = 'visible'
})

afterEach(() => {
  unmount()
  vi.unstubAllGlobals()
})

test('asks for permission only when switched on, then shows notifications for a hidden page', async () => {
  const wrapper = await open()
  const { show } = useDesktopNotifications()
  const go = vi.fn()
  const message = { id: 'n', title: 'House', body: 'Bo assigned it to you', open: go }
  visibility = 'hidden'
  await show(message)
  expect(FakeNotification.requestPermission).not.toHaveBeenCalled()
  expect(FakeNotification.shown).toHaveLength(0)

  await wrapper.get('button').trigger('click')
  await flushPromises()
  expect(wrapper.get('button').text()).toBe('Turn off')
  await show(message)
  expect(FakeNotification.shown[0]?.options).toMatchObject({ tag: 'n', body: 'Bo assigned it to you' })
  FakeNotification.shown[0]?.dispatchEvent(new Event('click'))
  expect(go).toHaveBeenCalled()

  visibility = 'visible'
  await show(message)
  expect(FakeNotification.shown).toHaveLength(1)

  await wrapper.get('button').trigger('click')
  visibility = 'hidden'
  await show(message)
  expect(FakeNotification.shown).toHaveLength(1)
})

test('a refusal is accepted and explained', async () => {
  FakeNotification.answer = 'denied'
  const wrapper = await open()
  await wrapper.get('button').trigger('click')
  await flushPromises()
  expect(wrapper.find('button').exists()).toBe(false)
  expect(wrapper.get('[role=status]').text()).toContain('You have blocked them')
})
