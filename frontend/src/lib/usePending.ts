// Which actions are under way, one flag per action and thing: so that one does not wait for another.
import { shallowReactive } from 'vue'

/** Of all of them together. */
let underWay = 0

export function isAnythingPending(): boolean {
  return underWay > 0
}

export function createPending() {
  const running = shallowReactive(new Map<string, number>())

  function isPending(action: string, id = ''): boolean {
    return running.has(`${action}:${id}`)
  }

  async function track<T>(action: string, id: string, work: () => Promise<T>): Promise<T> {
    const key = `${action}:${id}`
    running.set(key, (running.get(key) ?? 0) + 1)
    underWay += 1
    try {
      return await work()
    } finally {
      underWay -= 1
      const rest = (running.get(key) ?? 1) - 1
      if (rest > 0) running.set(key, rest)
      else running.delete(key)
    }
  }

  return { isPending, track }
}
