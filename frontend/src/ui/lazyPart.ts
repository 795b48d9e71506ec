// Components loaded on first use. After a new release they may be gone: then the page is reloaded once, as for a route; if that would lose
// text or does not help, the page says so, with a button.
import { defineAsyncComponent, readonly, ref, type Component } from 'vue'
import { isMissingPart, openAnew } from '@/lib/newRelease'

const missing = ref(false)

/** Whether something that was asked for could not be loaded. */
export const isPartMissing = readonly(missing)

export function setPartMissing(value: boolean): void {
  missing.value = value
}

let isTextAtStake = (): boolean => false

/** Registers whether reloading the page would lose a person's text. */
export function setTextAtStake(ask: () => boolean): void {
  isTextAtStake = ask
}

/** True when the page is being loaded again; else it is said that a part is missing. */
export async function recoverPart(error: unknown): Promise<boolean> {
  if (!isMissingPart(error)) return false
  const { pathname, search, hash } = window.location
  if (!isTextAtStake() && (await openAnew(error, { fullPath: pathname + search + hash }))) return true
  missing.value = true
  return false
}

/** For modules that are not components: loads one, and rejects only after informing the person. */
export async function loadPart<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load()
  } catch (error) {
    if (await recoverPart(error)) return new Promise(() => undefined)
    throw error
  }
}

/** A component in a separate file; `failed` replaces it if it cannot be loaded, otherwise nothing. */
export function lazyPart<C extends Component>(
  loader: () => Promise<C | { default: C }>,
  failed: Component = { render: () => null },
): C {
  return defineAsyncComponent<never>({
    loader: loader as () => Promise<never>,
    errorComponent: failed,
    onError: (error, _retry, fail) => {
      void recoverPart(error).then((isReloading) => {
        if (!isReloading) fail()
      })
    },
  }) as unknown as C
}
