import { http } from './client'
import type { ServerInfo } from './types'

export async function getServerInfo(): Promise<ServerInfo> {
  return (await http.get<ServerInfo>('/server')).data
}
