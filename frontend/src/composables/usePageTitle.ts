// A page that knows a better title than its route (a project's name) gives it here while it is shown.
import { onScopeDispose, shallowReadonly, shallowRef, toValue, watchEffect, type MaybeRefOrGetter } from 'vue'

const pageTitle = shallowRef<string>()

export function usePageTitle(title?: MaybeRefOrGetter<string | undefined>) {
  if (title !== undefined) {
    watchEffect(() => {
      pageTitle.value = toValue(title)
    })
    onScopeDispose(() => {
      pageTitle.value = undefined
    })
  }
  return { pageTitle: shallowReadonly(pageTitle) }
}
