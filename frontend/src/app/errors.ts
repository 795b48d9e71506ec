// Handles uncaught errors. An error in an action shows a message; a rendering error replaces the view with an error page, because the view
// is incomplete. The browser's console always gets it.
import { readonly, shallowRef, type App } from 'vue'
import { toApiError } from '@/api/errors'
import { isMissingPart } from '@/lib/newRelease'
import { isPartMissing, recoverPart } from '@/ui/lazyPart'

const broken = shallowRef<unknown>(null)

/** The error that broke the page. */
export const brokenBy = readonly(broken)

/** Where Vue was, as it says it in development and, by number, in production (vue's ErrorCodes). */
const DRAWING = new Set(['setup function', 'render function', 'component update', 'scheduler flush'])
const DRAWING_CODES = new Set(['0', '1', '14', '15'])

export function breaksPage(info: string): boolean {
  return DRAWING.has(info) || DRAWING_CODES.has(/#runtime-(\w+)$/.exec(info)?.[1] ?? '')
}

function report(error: unknown): void {
  // eslint-disable-next-line no-console -- the one place for what nobody expected
  console.error(error)
}

/** `say` shows the message of a failed action. */
export function installErrorHandler(app: App, say: () => void): void {
  app.config.errorHandler = (error, _instance, info) => {
    if (isMissingPart(error)) return void recoverPart(error)
    if (toApiError(error).type === 'cancelled') return
    report(error)
    if (breaksPage(info)) broken.value = error
    else say()
  }
  window.addEventListener('unhandledrejection', ({ reason }) => {
    if (isMissingPart(reason) && !isPartMissing.value) void recoverPart(reason)
  })
}

/** For tests. */
export function clearBroken(): void {
  broken.value = null
}
