import { api } from '@/api/call'
import type { ServerInfo } from '@/api/types'

export async function getServerInfo(): Promise<ServerInfo> {
  return api.get('/server')
}
