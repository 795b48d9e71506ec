// A list in the server's order, over its own entity store. New entities are inserted where new ones belong, removed ones disappear, and those
// that are only hidden by an unanswered change keep their place.
import { computed, ref, shallowReactive, shallowRef } from 'vue'
import { type ApiError, toApiError } from '@/api/errors'
import { type Commands, EntityStore, type StoreOptions } from './entityStore'

interface Answer<T> {
  items: readonly T[]
  next_cursor: string | null
}

interface ListOptions<T, C extends Commands<T>> extends Omit<StoreOptions<T, C>, 'onChange'> {
  /** Requests the first page, or the page at the cursor. */
  ask: (cursor?: string) => Promise<Answer<T>>
  /** Where new entities are inserted. */
  newAt: 'start' | 'end'
}

/** A list that the server sends in one page. */
export function whole<T>(items: readonly T[]): Answer<T> {
  return { items, next_cursor: null }
}

export type EntityList<T extends object, C extends Commands<T> = Record<never, never>> = ReturnType<
  typeof createEntityList<T, C>
>

export function createEntityList<T extends object, C extends Commands<T> = Record<never, never>>({
  ask,
  newAt,
  ...options
}: ListOptions<T, C>) {
  const byId = shallowReactive(new Map<string, T>())
  const store = new EntityStore<T, C>(byId, { ...options, onChange: changed })
  const ids = shallowRef<readonly string[]>([])
  const items = computed(() => ids.value.flatMap((id) => byId.get(id) ?? []))
  const loaded = ref(false)
  const loading = ref(false)
  const error = shallowRef<ApiError | null>(null)
  const nextCursor = ref<string | null>(null)
  /** A response is being merged; it determines the order. */
  let isTaking = false

  function isKnown(id: string): boolean {
    return store.confirmed(id) !== undefined || store.isChanging(id)
  }

  function changed(id: string, _before: T | undefined, after: T | undefined): void {
    if (isTaking) return
    const isListed = ids.value.includes(id)
    if (after !== undefined && !isListed) {
      ids.value = newAt === 'start' ? [id, ...ids.value] : [...ids.value, id]
    } else if (isListed && !isKnown(id)) ids.value = ids.value.filter((other) => other !== id)
  }

  function arrange(answered: readonly string[], isFurther: boolean): void {
    const known = ids.value.filter(isKnown)
    const named = new Set(isFurther ? known : answered)
    if (isFurther) ids.value = [...known, ...answered.filter((id) => !named.has(id) && isKnown(id))]
    else {
      const rest = known.filter((id) => !named.has(id))
      const first = answered.filter(isKnown)
      ids.value = newAt === 'start' ? [...rest, ...first] : [...first, ...rest]
    }
  }

  /** Loads the first page or the next one. An error is stored in `error`, and rethrown if this load is still current. */
  async function load({ more = false } = {}): Promise<void> {
    const cursor = more ? (nextCursor.value ?? undefined) : undefined
    if (more && (loading.value || cursor === undefined)) return
    const own = store.beginLoad()
    loading.value = true
    try {
      const page = await ask(cursor)
      isTaking = true
      // A newer load (of another filter, for example) has replaced this one.
      if (!store.take(own, page.items, () => cursor === undefined)) return
      arrange(page.items.map(options.idOf), cursor !== undefined)
      nextCursor.value = page.next_cursor
      loaded.value = true
      error.value = null
      loading.value = false
    } catch (problem) {
      if (!store.endLoad(own)) return
      loading.value = false
      error.value = toApiError(problem)
      throw problem
    } finally {
      isTaking = false
    }
    if (own.outdated) await load()
  }

  function clear(): void {
    store.clear()
    ids.value = []
    loaded.value = false
    loading.value = false
    error.value = null
    nextCursor.value = null
  }

  return {
    items,
    loaded,
    loading,
    error,
    nextCursor,
    store,
    load,
    get: (id: string): T | undefined => byId.get(id),
    /** Adds or updates an entity from an event. */
    receive: (item: T): boolean => store.put(item, 'event'),
    receiveGone: (id: string): void => store.drop(id),
    clear,
  }
}
