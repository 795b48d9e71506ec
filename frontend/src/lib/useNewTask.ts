// Where a new task is typed: the target of the key `n`. A page registers its field while it is shown; the latest one wins. On a page
// without one, the shell opens a dialog.
import { onScopeDispose } from 'vue'

const places: (() => void)[] = []

/** Names a place for as long as the component lives. */
export function useNewTaskPlace(begin: () => void): void {
  places.push(begin)
  onScopeDispose(() => places.splice(places.indexOf(begin), 1))
}

/** Begins a new task where the page has a place for it; false when it has none. */
export function beginNewTask(): boolean {
  const place = places.at(-1)
  place?.()
  return place !== undefined
}
