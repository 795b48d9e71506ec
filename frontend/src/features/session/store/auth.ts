// Who is signed in. The session itself is a cookie that no script sees; here are the profile and the renewals.
import { acceptHMRUpdate, defineStore } from 'pinia'
import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue'
import { refreshSession } from '@/api/client'
import { toApiError } from '@/api/errors'
import { pauseAfter } from '@/api/retryAfter'
import { abandonSession, onSessionEnded, onSessionRenewed, setAccessToken } from '@/api/session'
import type { LoginInput, ProfilePatch, RegisterInput, Session, User, Uuid } from '@/api/types'
import { setTimeZone } from '@/i18n/timeZone'
import { deviceShelf, forgetPerson, openShelf } from '@/lib/storage'
import { hasUnsent } from '@/lib/useUnsent'
import { setTextAtStake } from '@/ui/lazyPart'
import * as authApi from '../api/auth'
import { updateMe } from '../api/users'

/** Not a secret: says only that asking for a renewal makes sense, so that a first visitor causes no 401. */
const HINT = 'has-session'
/** The id of the last user: the redirect to their page is for nobody else, even after a reload. */
const LAST_PERSON = 'last-person'
/** Renewed this long before the token expires. */
const MARGIN_MS = 60_000
const RETRY_MS = 15_000
/** How often a server that does not answer is asked about the session of an earlier visit. */
const TAKE_UP_MS = 3_000

/** How long other tabs have to say that something in them is unsent. */
const TABS_ANSWER_MS = 150

export interface StartingPoint {
  topics: Session['topics']
  unread: number
}

function lastPerson(): string | undefined {
  const id = deviceShelf.read(LAST_PERSON, 'session')
  return typeof id === 'string' ? id : undefined
}

/** A server of the version before does not tell. */
function startingPointOf({ topics, unread_notifications: unread }: Partial<Session>): StartingPoint | null {
  return topics && unread !== undefined ? { topics, unread } : null
}

/** The person's id is included, because a tab with an expired session has nobody signed in but still keeps their text. */
type TabMessage = 'signed-in' | 'session-ended' | 'unsent' | { signedOut: Uuid } | { unsentOf: Uuid }

export const useAuthStore = defineStore('auth', () => {
  const user = shallowRef<User | null>(null)
  /** Grows with each new token: what needs the token (the live connection) watches it. */
  const tokenSerial = ref(0)
  /** Grows when the person signs in or out anywhere. */
  const sessionSerial = ref(0)
  const isSignedIn = computed(() => user.value !== null)
  /** A different person was here before: their page and search are private. */
  const isOther = computed(
    () => lastUserId.value !== undefined && isSignedIn.value && lastUserId.value !== user.value?.id,
  )
  /** There is a session to take up, and the server cannot be asked about it. */
  const isWaiting = ref(false)
  /** When the server may be asked again (Unix time, ms), because it answered with Retry-After. */
  const askAgainAt = ref<number | null>(null)
  /** The server ended the session, not the person here: the sign-in page says so. */
  const wasEnded = ref(false)
  let startingPoint: StartingPoint | null = null
  /** Who was here last, in this tab. */
  const lastUserId = ref(lastPerson())

  const tabs = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel('todo.session')
  let timer: ReturnType<typeof setTimeout> | undefined
  let renewAt = 0
  let restoring: Promise<void> | undefined
  let takingUp: Promise<void> | undefined

  function schedule(delay: number): void {
    clearTimeout(timer)
    renewAt = Date.now() + delay
    timer = setTimeout(renew, delay)
  }

  async function renew(): Promise<void> {
    try {
      await refreshSession()
    } catch (error) {
      // Without an answer the session may well live on: try again later.
      const problem = toApiError(error)
      if (isSignedIn.value && problem.status !== 401) schedule(pauseAfter(problem, RETRY_MS))
    }
  }

  function begin(session: Session): void {
    // Somebody else, in another tab: nothing that was begun for the last person is heard any more.
    if (user.value && user.value.id !== session.user.id) {
      remember()
      abandonSession()
    }
    setAccessToken(session.access_token)
    openShelf(session.user.id)
    // Those of a renewal would be newer than the data that is already loaded.
    if (user.value?.id !== session.user.id) startingPoint = startingPointOf(session)
    user.value = session.user
    wasEnded.value = false
    tokenSerial.value += 1
    deviceShelf.write(HINT, true)
    deviceShelf.write(LAST_PERSON, session.user.id, 'session')
    schedule(Math.max(session.expires_in * 1000 - MARGIN_MS, RETRY_MS))
  }

  /**
   * Where the person's topics stood when they came: everything that is loaded for them is as new, or newer. Given once: whoever begins later
   * loads all anew, instead of being told what is long past.
   */
  function takeStartingPoint(): StartingPoint | null {
    const taken = startingPoint
    startingPoint = null
    return taken
  }

  function remember(): void {
    if (!user.value) return
    lastUserId.value = user.value.id
  }

  function forget(): void {
    clearTimeout(timer)
    remember()
    abandonSession()
    user.value = null
    startingPoint = null
    deviceShelf.write(HINT, undefined)
  }

  /** Only the server knows whether the session is valid: until it answers, nobody is redirected to sign in. */
  async function askUntilAnswered(): Promise<void> {
    while (!isSignedIn.value && deviceShelf.read(HINT) === true) {
      try {
        await refreshSession()
      } catch (error) {
        const problem = toApiError(error)
        if (!problem.mayPass) break
        const delay = pauseAfter(problem, TAKE_UP_MS)
        askAgainAt.value = problem.retryAfter === undefined ? null : Date.now() + delay
        isWaiting.value = true
        await new Promise((resolve) => setTimeout(resolve, delay))
      }
    }
    isWaiting.value = false
    askAgainAt.value = null
  }

  /** One at a time, for all callers. */
  function takeUp(): Promise<void> {
    takingUp ??= askUntilAnswered().finally(() => {
      takingUp = undefined
    })
    return takingUp
  }

  /** Resumes the previous session. Called by every navigation, done once. */
  function restore(): Promise<void> {
    restoring ??= takeUp()
    return restoring
  }

  /** False: a mail is on its way to the address, and nobody is signed in before its link is used. */
  async function register(input: RegisterInput): Promise<boolean> {
    return enter(await authApi.register(input))
  }

  /** The link of a mail; true when it has also signed in. */
  async function confirmEmail(token: string, password?: string): Promise<boolean> {
    return enter(await authApi.confirmEmail(token, password))
  }

  function enter(session: Session | null): boolean {
    if (!session) return false
    begin(session)
    announce('signed-in')
    return true
  }

  async function login(input: LoginInput): Promise<void> {
    begin(await authApi.login(input))
    announce('signed-in')
  }

  /** Removes a person's data from this browser: they have signed out, and the next person may be another. */
  function leaveNothing(userId: Uuid): void {
    forgetPerson(userId)
    forget()
  }

  /** Signs out here at once and in the other tabs; rejects when the server could not be told. */
  async function logout(): Promise<void> {
    const told = authApi.logout()
    const id = user.value?.id
    if (id !== undefined) {
      leaveNothing(id)
      announce({ signedOut: id })
    }
    wasEnded.value = false
    await told
  }

  async function updateProfile(patch: ProfilePatch): Promise<void> {
    const before = user.value
    if (!before) return
    user.value = { ...before, ...patch }
    try {
      user.value = await updateMe(patch)
    } catch (error) {
      user.value = before
      throw error
    }
  }

  /** A profile that arrived over the live connection. */
  function receiveProfile(profile: User): void {
    const current = user.value
    if (current?.id === profile.id && profile.version >= current.version) user.value = profile
  }

  function receiveSessionChange(): void {
    sessionSerial.value += 1
  }

  function announce(message: TabMessage): void {
    tabs?.postMessage(message)
  }

  function receive({ data }: MessageEvent<TabMessage>): void {
    if (data === 'signed-in') return void (isSignedIn.value ? renew() : takeUp())
    if (data === 'unsent') return
    if (typeof data === 'object' && 'unsentOf' in data) {
      if (hasUnsent(data.unsentOf)) announce('unsent')
      return
    }
    wasEnded.value = data === 'session-ended'
    if (typeof data === 'object') leaveNothing(data.signedOut)
    else forget()
  }

  /** Whether something is unsent in another tab, which signs out together with this one. */
  function askOtherTabs(): Promise<boolean> {
    const id = user.value?.id
    if (!tabs || id === undefined) return Promise.resolve(false)
    return new Promise((resolve) => {
      const hear = ({ data }: MessageEvent<TabMessage>): void => {
        if (data === 'unsent') settle(true)
      }
      const settle = (unsent: boolean): void => {
        tabs.removeEventListener('message', hear)
        clearTimeout(patience)
        resolve(unsent)
      }
      const patience = setTimeout(settle, TABS_ANSWER_MS, false)
      tabs.addEventListener('message', hear)
      announce({ unsentOf: id })
    })
  }

  /** A sleeping computer stops timers: catch up when the person is back. */
  function catchUp(): void {
    if (document.visibilityState === 'visible' && isSignedIn.value && Date.now() >= renewAt) void renew()
  }

  setTextAtStake(() => user.value !== null && hasUnsent(user.value.id))
  watch(() => user.value?.time_zone, setTimeZone, { immediate: true, flush: 'sync' })

  const stopRenewed = onSessionRenewed(begin)
  const stopEnded = onSessionEnded(() => {
    // The other tabs share the cookie: their session is over too.
    if (isSignedIn.value) announce('session-ended')
    wasEnded.value = true
    forget()
  })
  tabs?.addEventListener('message', receive)
  document.addEventListener('visibilitychange', catchUp)
  onScopeDispose(() => {
    clearTimeout(timer)
    stopRenewed()
    stopEnded()
    tabs?.close()
    document.removeEventListener('visibilitychange', catchUp)
  })

  return {
    user,
    isSignedIn,
    isOther,
    isWaiting,
    askAgainAt,
    wasEnded,
    lastUserId,
    tokenSerial,
    sessionSerial,
    takeStartingPoint,
    restore,
    register,
    confirmEmail,
    login,
    logout,
    askOtherTabs,
    updateProfile,
    receiveProfile,
    receiveSessionChange,
  }
})

if (import.meta.hot) import.meta.hot.accept(acceptHMRUpdate(useAuthStore, import.meta.hot))
