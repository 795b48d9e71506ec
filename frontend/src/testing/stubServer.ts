// A server that replaces the network: defines the answer to each request, and records requests.
import { AxiosError, AxiosHeaders, type AxiosResponse, type InternalAxiosRequestConfig } from 'axios'
import { http } from '@/api/client'

export interface StubAnswer {
  status: number
  data?: unknown
  headers?: Record<string, string>
}

/** It hears no abort, as an answer that is on its way already does not. */
export function stubServer(answer: (config: InternalAxiosRequestConfig) => StubAnswer | Promise<StubAnswer>) {
  const asked: string[] = []
  http.defaults.adapter = async (config) => {
    asked.push(`${config.method} ${config.url}`)
    const { status, data, headers = {} } = await answer(config)
    const response: AxiosResponse = {
      status,
      data,
      statusText: '',
      headers: new AxiosHeaders(headers),
      config,
    }
    if (status < 400) return response
    throw new AxiosError('refused', AxiosError.ERR_BAD_REQUEST, config, null, response)
  }
  return asked
}

export const aProblem = (type: string, status: number, headers: Record<string, string> = {}): StubAnswer => ({
  status,
  data: { type: `/problems/${type}`, title: type, status },
  headers,
})

/** For tests of components that request more than the test needs: unmocked requests fail with a server error. */
export function stubUnavailable(): void {
  stubServer(() => aProblem('unavailable', 503))
}
