// Whether any tab of this browser is on the screen. A visible tab holds a lock that the others can see; it goes with the tab,
// however that ends.

const LOCK = 'todo.visible'

function locks(): LockManager | undefined {
  return (navigator as Partial<Navigator>).locks
}

/** Holds the lock while this tab is visible. Returns the way to stop. */
export function announceVisibility(): () => void {
  let release: (() => void) | undefined

  function follow(): void {
    const visible = document.visibilityState === 'visible'
    if (visible && !release) {
      const held = new Promise<void>((resolve) => (release = resolve))
      locks()
        ?.request(LOCK, { mode: 'shared' }, () => held)
        .catch(() => undefined)
    } else if (!visible) {
      release?.()
      release = undefined
    }
  }

  follow()
  document.addEventListener('visibilitychange', follow)
  return () => {
    document.removeEventListener('visibilitychange', follow)
    release?.()
    release = undefined
  }
}

/** Without locks (plain HTTP) every tab speaks for itself. */
export async function isAnyTabVisible(): Promise<boolean> {
  if (document.visibilityState === 'visible') return true
  const state = await locks()?.query()
  return state?.held?.some(({ name }) => name === LOCK) ?? false
}
