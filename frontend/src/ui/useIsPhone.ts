// Below the one break point of the styles.
import { useMediaQuery } from '@vueuse/core'

export function useIsPhone() {
  return useMediaQuery('(width < 48rem)')
}
