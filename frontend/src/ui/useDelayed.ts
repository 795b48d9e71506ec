// Becomes true only after a delay, so that quick operations do not flicker.
import { onScopeDispose, ref, toValue, watch, type MaybeRefOrGetter, type Ref } from 'vue'

export function useDelayed(source: MaybeRefOrGetter<boolean>, delay = 100): Ref<boolean> {
  const lasted = ref(false)
  let timer: ReturnType<typeof setTimeout> | undefined

  watch(
    () => toValue(source),
    (on) => {
      clearTimeout(timer)
      if (!on) lasted.value = false
      else timer = setTimeout(() => (lasted.value = true), delay)
    },
    { immediate: true },
  )
  onScopeDispose(() => clearTimeout(timer))
  return lasted
}
