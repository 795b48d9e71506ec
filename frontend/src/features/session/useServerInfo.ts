// What this server offers, asked for once by whoever wants to know first.
import { readonly, shallowRef } from 'vue'
import type { ServerInfo } from '@/api/types'
import { getServerInfo } from './api/server'

const info = shallowRef<ServerInfo | null>(null)
let request: Promise<void> | undefined

async function load(): Promise<void> {
  try {
    info.value = await getServerInfo()
  } catch {
    // Whoever asks next tries again; until then nothing is promised and nothing is refused.
    request = undefined
  }
}

export function useServerInfo() {
  request ??= load()
  return { server: readonly(info) }
}
