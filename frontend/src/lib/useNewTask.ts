// Where a new task is typed: what the key `n` leads to. A page names its field while it is shown; the last that was named is
// asked first. A page without one gets a dialog, from the shell.
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
