// The system check: the server's checks, plus those that need this browser.
import { computed, ref, shallowRef } from 'vue'
import { type ApiError, toApiError } from '@/api/errors'
import { liveUrl } from '@/sync/liveUrl'
import { getDoctorReport } from './api'
import { clockFinding, countOf, liveFinding, securityFinding, worstFirst, type Finding } from './findings'
import { canOpenSocket } from './openSocket'

async function askServer(): Promise<{ findings: Finding[]; checkedAt: string }> {
  const asked = Date.now()
  const { items, checked_at } = await getDoctorReport()
  const clock = clockFinding(asked, Date.parse(checked_at), Date.now())
  return { findings: [...items, clock], checkedAt: checked_at }
}

export function useSystemCheck() {
  const findings = shallowRef<Finding[]>([])
  const checkedAt = ref<string | null>(null)
  const checking = ref(false)
  const error = shallowRef<ApiError | null>(null)

  const problems = computed(() => countOf(findings.value, 'problem'))
  const warnings = computed(() => countOf(findings.value, 'warning'))
  const unknown = computed(() => countOf(findings.value, 'unknown'))

  async function check(): Promise<void> {
    if (checking.value) return
    checking.value = true
    try {
      const [server, opened] = await Promise.all([askServer(), canOpenSocket(liveUrl())])
      const here = [liveFinding(opened), securityFinding(window.isSecureContext, navigator.cookieEnabled)]
      findings.value = worstFirst([...here, ...server.findings])
      checkedAt.value = server.checkedAt
      error.value = null
    } catch (problem) {
      error.value = toApiError(problem)
    } finally {
      checking.value = false
    }
  }

  void check()
  return { findings, checkedAt, checking, error, problems, warnings, unknown, check }
}
