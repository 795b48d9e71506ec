// A readable device name from a user agent.
import { useI18n } from 'vue-i18n'
import { describeUserAgent } from './model/userAgent'

export function useDeviceName() {
  const { t } = useI18n()

  return function deviceName(userAgent: string | null): string {
    const { browser, system } = describeUserAgent(userAgent)
    if (browser && system) return t('device.on', { browser, system })
    return browser ?? system ?? t('device.unknown')
  }
}
