// The session: the signed-in person, the device, and the preferences that all features may use.
export { default as EmailNotice } from './EmailNotice.vue'
export { default as GuestScreen } from './GuestScreen.vue'
export {
  changeAddress,
  changePassword,
  endOtherSessions,
  endSession,
  listSessions,
  requestPasswordReset,
  resetPassword,
  takeAddressBack,
} from './api/auth'
export { liveSession } from './live'
export { describeUserAgent, isHandheld } from './model/userAgent'
export { useAuthStore, type StartingPoint } from './store/auth'
export { useDeviceName } from './useDeviceName'
export { useFormShelf, useKeptText } from './useKeptForm'
export { THEME_ICONS, usePreferenceMenus } from './usePreferenceMenus'
export { THEMES, usePreferences } from './usePreferences'
export { useServerInfo } from './useServerInfo'
export { useSignOut } from './useSignOut'
