// What this server offers, loaded once by the first caller.
import { readonly, shallowRef } from 'vue'
import type { ServerInfo } from '@/api/types'
import { getServerInfo } from './api/server'

const info = shallowRef<ServerInfo | null>(null)
let request: Promise<void> | undefined

async function load(): Promise<void> {
  try {
    info.value = await getServerInfo()
  } catch {
    // The next caller retries; until then nothing is assumed.
    request = undefined
  }
}

export function useServerInfo() {
  request ??= load()
  return { server: readonly(info) }
}
