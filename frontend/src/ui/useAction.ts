// Runs an action and reports the result. The stores revert changes; this only shows the message.
import { useI18n } from 'vue-i18n'
import { type ApiError, toApiError } from '@/api/errors'
import { i18n } from '@/i18n'
import { sayInDialog } from '@/lib/openDialogs'
import { reportUnreachable } from '@/lib/reachability'
import { quotaKey } from './quota'
import { useFieldText } from './useFieldText'
import { showToast, type ToastType } from './useToasts'

interface Options {
  /** Said when it worked; most actions are seen to have worked and need no words. */
  success?: string
  /** Handles the error itself (for example at a field); return true to suppress the message. */
  onError?: (error: ApiError) => boolean
}

/** Shown inside an open dialog: content behind it is dimmed and unreachable for screen readers. */
function notify(type: ToastType, text: string): void {
  if (type !== 'success' && sayInDialog(text)) return
  showToast({ type, text })
}

/** Of an error that nobody expected. */
export function sayUnexpected(): void {
  notify('error', i18n.global.t('failure.action'))
}

export function useErrorText() {
  const { t, te } = useI18n()
  const { fieldText } = useFieldText()

  function rateLimitedText(seconds: number): string {
    return seconds < 90
      ? t('errors.rateLimited', { seconds })
      : t('errors.rateLimitedMinutes', Math.ceil(seconds / 60))
  }

  return function errorText(error: ApiError): string {
    const reason = `refusals.${error.code}`
    if (error.code && te(reason)) return t(reason)
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
        return rateLimitedText(Math.ceil(error.retryAfter ?? 30))
      case 'busy':
        return t('errors.busy', { seconds: Math.ceil(error.retryAfter ?? 30) })
      case 'quota-exceeded':
        return t(quotaKey(error.quota), { limit: error.quota?.limit ?? 0 })
      case 'outcome-unknown':
        return t('errors.outcomeUnknown')
      case 'database-full':
        return t('errors.databaseFull')
      case 'not-migrated':
        return t('errors.notMigrated')
      case 'body-too-large':
        return t('errors.tooLarge')
      case 'validation':
      case 'conflict':
      case 'malformed-request':
        return error.errors[0] ? fieldText(error.errors[0]) : t('errors.validation')
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
      if (error.type === 'network') reportUnreachable()
      if (!quiet) {
        const type = error.type === 'version-conflict' ? 'warning' : 'error'
        notify(type, errorText(error))
      }
      return false
    }
    if (options.success !== undefined) notify('success', options.success)
    return true
  }

  return { run, notify }
}
