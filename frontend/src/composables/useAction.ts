// Runs what a person asked for and tells how it went. The stores put the old state back; here is only the message.
import { useI18n } from 'vue-i18n'
import { toApiError } from '@/api/client'
import type { ApiError } from '@/api/errors'
import { i18n } from '@/i18n'
import { sayInDialog } from '@/lib/openDialogs'
import { quotaKey } from '@/lib/quota'
import { loadPart } from './lazyPart'
import { useFieldText } from './useFieldText'

interface Options {
  /** Said when it worked; most actions are seen to have worked and need no words. */
  success?: string
  /** Takes the error itself (to show it beside a field, say); return true to keep the message away. */
  onError?: (error: ApiError) => boolean
}

async function loadMessage() {
  const [{ ElMessage }] = await Promise.all([
    import('element-plus/es/components/message/index'),
    import('element-plus/theme-chalk/el-message.css'),
  ])
  return ElMessage
}

/** Not with the first page, but before it is needed: that there is no network cannot be loaded over the network. */
export function prepareMessages(): void {
  const load = (): void => void loadMessage().catch(() => undefined)
  if ('requestIdleCallback' in window) window.requestIdleCallback(load, { timeout: 5_000 })
  else setTimeout(load, 2_000)
}

async function notify(type: 'error' | 'success' | 'warning', message: string): Promise<void> {
  if (type !== 'success' && sayInDialog(message)) return
  const show = await loadPart(loadMessage)
  show({ type, message, grouping: true, showClose: type !== 'success', duration: 5000 })
}

/** Of an error that nobody expected. */
export function sayUnexpected(): void {
  notify('error', i18n.global.t('failure.action')).catch(() => undefined)
}

export function useErrorText() {
  const { t } = useI18n()
  const { fieldText } = useFieldText()

  return function errorText(error: ApiError): string {
    switch (error.type) {
      case 'network':
        return t('errors.network')
      case 'forbidden':
        return t('errors.forbidden')
      case 'not-found':
        return t('errors.notFound')
      case 'version-conflict':
        return t('errors.versionConflict')
      case 'account-disabled':
        return t('errors.accountDisabled')
      case 'unauthenticated':
      case 'session-ended':
        return t('errors.sessionEnded')
      case 'rate-limited':
      case 'busy':
        return t('errors.rateLimited', { seconds: Math.ceil(error.retryAfter ?? 30) })
      case 'quota-exceeded':
        return t(quotaKey(error.quota), { limit: error.quota?.limit ?? 0 })
      case 'body-too-large':
        return t('errors.tooLarge')
      case 'validation':
      case 'conflict':
      case 'malformed-request':
        return fieldText(error.errors[0]?.message ?? error.detail ?? '') || t('errors.validation')
      default:
        return t('errors.unexpected')
    }
  }
}

export function useAction() {
  const errorText = useErrorText()

  /** Whether it worked. */
  async function run(action: () => Promise<unknown>, options: Options = {}): Promise<boolean> {
    try {
      await action()
    } catch (problem) {
      const error = toApiError(problem)
      const quiet = error.type === 'cancelled' || options.onError?.(error)
      if (!quiet) void notify(error.type === 'version-conflict' ? 'warning' : 'error', errorText(error))
      return false
    }
    if (options.success !== undefined) void notify('success', options.success)
    return true
  }

  return { run, notify }
}
