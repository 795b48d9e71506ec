// A page with a better title than its route (a project's name) sets it here while it is shown. An overlay (an open task) takes precedence
// until it is closed.
import {
  computed,
  onScopeDispose,
  shallowReactive,
  toValue,
  type ComputedRef,
  type MaybeRefOrGetter,
} from 'vue'

const titles = shallowReactive<ComputedRef<string | undefined>[]>([])
const pageTitle = computed(() => titles.findLast(({ value }) => value)?.value)

export function usePageTitle(title?: MaybeRefOrGetter<string | undefined>) {
  if (title !== undefined) {
    const own = computed(() => toValue(title))
    titles.push(own)
    onScopeDispose(() => titles.splice(titles.indexOf(own), 1))
  }
  return { pageTitle }
}
