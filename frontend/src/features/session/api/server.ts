import { http } from '@/api/client'
import type { ServerInfo } from '@/api/types'

export async function getServerInfo(): Promise<ServerInfo> {
  return (await http.get<ServerInfo>('/server')).data
}
