// Parts of the page that come with their first use. After a new release they are gone: then the page is loaded again, once,
// as it is for a route; or, when that would cost somebody their text or does not help, the page says so, with a button.
import { defineAsyncComponent, readonly, ref, type Component } from 'vue'
import { isMissingPart, openAnew } from '@/lib/newRelease'

const missing = ref(false)

/** Whether something that was asked for could not be loaded. */
export const isPartMissing = readonly(missing)

export function setPartMissing(value: boolean): void {
  missing.value = value
}

let isTextAtStake = (): boolean => false

/** Who knows whether loading the page again would cost the person a text says so here. */
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

/** For what is no component: loads it, and rejects only when the person was told. */
export async function loadPart<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load()
  } catch (error) {
    if (await recoverPart(error)) return new Promise(() => undefined)
    throw error
  }
}

/** A component of its own file; `failed` stands in its place when it cannot be had, or else nothing. */
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
