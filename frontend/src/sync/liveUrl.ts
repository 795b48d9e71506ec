/** The address of the WebSocket, beside the page's own. */
export function liveUrl({ protocol, host }: Pick<Location, 'protocol' | 'host'> = window.location): string {
  return `${protocol === 'https:' ? 'wss' : 'ws'}://${host}/api/v1/ws`
}
