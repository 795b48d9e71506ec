// Signing in, the ways back into an account, and the profile.
export const accountPages = {
  confirmEmail: () => import('./address/ConfirmEmail.vue'),
  login: () => import('./sign-in/Login.vue'),
  profile: () => import('./profile/Profile.vue'),
  resetPassword: () => import('./recovery/ResetPassword.vue'),
  sentMail: () => import('./sent-mail/SentMail.vue'),
  takeBackAddress: () => import('./address/TakeBackAddress.vue'),
}
