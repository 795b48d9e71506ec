// Signing in, the ways back into an account, and the profile.
import { withTexts, type Texts } from '@/i18n'

const texts: Texts = {
  en: () => import('./locales/en.json'),
  'zh-CN': () => import('./locales/zh-CN.json'),
}

export const accountPages = {
  confirmEmail: withTexts(texts, () => import('./address/ConfirmEmail.vue')),
  login: withTexts(texts, () => import('./sign-in/Login.vue')),
  profile: withTexts(texts, () => import('./profile/Profile.vue')),
  resetPassword: withTexts(texts, () => import('./recovery/ResetPassword.vue')),
  sentMail: withTexts(texts, () => import('./sent-mail/SentMail.vue')),
  takeBackAddress: withTexts(texts, () => import('./address/TakeBackAddress.vue')),
}
