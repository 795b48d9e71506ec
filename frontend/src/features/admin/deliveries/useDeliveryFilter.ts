// The filters of the administrators' delivery list. They are in the URL, so that it can be shared.
import { computed } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { DELIVERY_CHANNELS, DELIVERY_STATES, type DeliveryFilter, type DeliveryState } from '@/api/types'

export type StateChoice = DeliveryState | 'all'

export function useDeliveryFilter() {
  const route = useRoute()
  const router = useRouter()

  function set(patch: Record<string, string | undefined>): void {
    void router.replace({ query: { ...route.query, ...patch } })
  }

  /** By default, deliveries that need attention are shown. */
  const state = computed<StateChoice>({
    get: () => [...DELIVERY_STATES, 'all' as const].find((one) => one === route.query.state) ?? 'parked',
    set: (wanted) => set({ state: wanted === 'parked' ? undefined : wanted }),
  })
  const channel = computed<string>({
    get: () => DELIVERY_CHANNELS.find((one) => one === route.query.channel) ?? '',
    set: (wanted) => set({ channel: wanted || undefined }),
  })
  const kind = computed<string>({
    get: () => (typeof route.query.kind === 'string' ? route.query.kind : ''),
    set: (wanted) => set({ kind: wanted || undefined }),
  })
  const filter = computed<DeliveryFilter>(() => ({
    state: state.value === 'all' ? undefined : state.value,
    channel: DELIVERY_CHANNELS.find((one) => one === channel.value),
    kind: kind.value || undefined,
  }))

  return { state, channel, kind, filter }
}
