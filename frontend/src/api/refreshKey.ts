// Names a renewal until it is answered: when the answer is lost, the next try has the same name, so the server knows that it is the same
// request, and gives the answer again. All tabs share it, since they share the cookie.
import { deviceShelf } from '@/lib/storage'

const SHELF_KEY = 'refresh-key'

/** Where the browser keeps nothing. */
let ownKey: string | undefined

function made(): string {
  // Not randomUUID, which is missing on plain HTTP.
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** Of the renewal that has no answer yet, or of a new one. */
export function refreshKey(): string {
  const kept = deviceShelf.read(SHELF_KEY)
  ownKey = typeof kept === 'string' ? kept : (ownKey ?? made())
  deviceShelf.write(SHELF_KEY, ownKey)
  return ownKey
}

/** It was answered. Another tab may have begun the next renewal since. */
export function forgetRefreshKey(key: string): void {
  if (ownKey === key) ownKey = undefined
  if (deviceShelf.read(SHELF_KEY) === key) deviceShelf.write(SHELF_KEY, undefined)
}
