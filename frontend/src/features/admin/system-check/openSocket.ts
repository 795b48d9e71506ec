/** Whether a WebSocket opens at that address within the time; closed again at once. */
export function canOpenSocket(url: string, patience = 5_000): Promise<boolean> {
  return new Promise((resolve) => {
    let socket: WebSocket | undefined
    const finish = (opened: boolean): void => {
      clearTimeout(timer)
      resolve(opened)
      if (socket) socket.onopen = socket.onclose = null
      socket?.close()
    }
    const timer = setTimeout(() => finish(false), patience)
    try {
      socket = new WebSocket(url)
      socket.onopen = () => finish(true)
      socket.onclose = () => finish(false)
    } catch {
      finish(false) // a policy of the page forbids it
    }
  })
}
